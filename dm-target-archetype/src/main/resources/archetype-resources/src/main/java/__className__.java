package ${package};

import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.io.IOException;

/** Maps a range onto a range of one device, so far: {@code ${targetName} <dev> <start>}. */
public final class ${className} implements TargetType<${className}.Mapping> {
    /** Where sector 0 of the target lies. */
    record Mapping(DmDev dev, long startSector) {}

    @Override
    public String name() {
        return "${targetName}";
    }

    @Override
    public Version version() {
        return new Version(1, 0, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public Mapping ctr(DmTarget<Mapping> ti, TargetArgs args) throws TargetException {
        args.expectCount(2, "<dev> <start>");
        // The device last: to claim it may make a file, which a bad number must not leave behind.
        TargetArgs dev = args.take(1);
        long startSector = args.sector("start");
        ti.discardBios(1);
        ti.writeZeroesBios(1);
        return new Mapping(dev.device("dev"), startSector);
    }

    @Override
    public MapResult map(DmTarget<Mapping> ti, TargetBio bio) {
        Mapping mapping = ti.state();
        return bio.remap(mapping.dev, mapping.startSector + bio.sector());
    }

    @Override
    public String status(DmTarget<Mapping> ti, StatusType type) {
        Mapping mapping = ti.state();
        return switch (type) {
            case INFO -> "";
            case TABLE -> mapping.dev.tableName() + " " + mapping.startSector;
        };
    }

    @Override
    public void iterateDevices(DmTarget<Mapping> ti, DeviceVisitor visitor) {
        visitor.visit(ti.state().dev, ti.state().startSector, ti.len());
    }

    @Override
    public void extents(DmTarget<Mapping> ti, long sector, long sectors, ExtentVisitor visitor) throws IOException {
        Mapping mapping = ti.state();
        mapping.dev.extents(
                mapping.startSector + sector,
                sectors,
                (at, length, type) -> visitor.visit(at - mapping.startSector, length, type));
    }
}
