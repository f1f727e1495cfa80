package io.devicemapper.target;

/** Is shown the areas of the devices that a target uses. */
@FunctionalInterface
public interface DeviceVisitor {
    /**
     * One area.
     *
     * @param dev a device that the target claimed
     * @param startSector first sector of the area on that device
     * @param sectors length of the area in sectors
     */
    void visit(DmDev dev, long startSector, long sectors);
}
