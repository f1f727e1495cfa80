package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The areas of lower devices that {@code iterateDevices} shows. */
interface AreaRules extends Rules {
    @Test
    default void dev01_ioStaysInsideTheAreasShown(TargetRig usual) throws Exception {
        WatchedType<?> watch = WatchedType.of(usual.type());
        TargetRig rig = usual.watched(watch);
        rig.device();
        rig.bed().all().forEach(device -> device.recorder().take());
        rig.io().fill();
        if (rig.has(Behavior.READS)) {
            new RegionRun(rig).run(25);
            rig.io().verifyAll();
        }
        for (BedDevice device : rig.bed().all()) {
            for (RecordedBio bio : device.recorder().take()) {
                assertTrue(
                        device.isOwn() || bio.op() == BioOp.FLUSH || isInside(watch.areas(), device, bio),
                        () -> bio + " on " + device.name() + ": outside of what was shown: " + of(watch, device));
            }
        }
    }

    @Test
    default void dev02_everyDeviceIsShown(TargetRig usual) throws Exception {
        WatchedType<?> watch = WatchedType.of(usual.type());
        TargetRig rig = usual.watched(watch);
        rig.device();
        Set<String> shown = watch.areas().stream().map(WatchedType.Area::device).collect(Collectors.toSet());
        Set<String> own = rig.bed().all().stream()
                .filter(BedDevice::isOwn)
                .map(BedDevice::name)
                .collect(Collectors.toSet());
        for (String claimed : watch.claimed()) {
            assertTrue(
                    own.contains(claimed) || shown.contains(claimed),
                    () -> claimed + " was claimed, and no area of it is shown");
        }
    }

    @Test
    default void dev03_areasLieInsideTheirDevices(TargetRig usual) throws Exception {
        WatchedType<?> watch = WatchedType.of(usual.type());
        TargetRig rig = usual.watched(watch);
        rig.device();
        for (WatchedType.Area area : watch.areas()) {
            for (BedDevice device : rig.bed().all()) {
                assertTrue(
                        !device.name().equals(area.device())
                                || (area.startSector() >= 0
                                        && area.sectors() >= 0
                                        && area.startSector() + area.sectors()
                                                <= device.disk().sectors()),
                        () -> area + " of a device of " + device.disk().sectors() + " sectors");
            }
        }
    }

    private static boolean isInside(List<WatchedType.Area> areas, BedDevice device, RecordedBio bio) {
        return areas.stream()
                .anyMatch(area -> area.device().equals(device.name()) && area.contains(bio.sector(), bio.sectors()));
    }

    private static Set<WatchedType.Area> of(WatchedType<?> watch, BedDevice device) {
        return watch.areas().stream()
                .filter(area -> area.device().equals(device.name()))
                .collect(Collectors.toSet());
    }
}
