package io.devicemapper.testkit;

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

/** {@code shift <dev> <start>}: a target for the kit's own tests, so that these need no module of targets. */
public final class ShiftTarget implements TargetType<ShiftTarget.Shift> {
    record Shift(DmDev dev, long startSector) {}

    @Override
    public String name() {
        return "shift";
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
    public Shift ctr(DmTarget<Shift> ti, TargetArgs args) throws TargetException {
        args.expectCount(2, "<dev> <start>");
        TargetArgs dev = args.take(1);
        long startSector = args.sector("start");
        ti.discardBios(1);
        ti.writeZeroesBios(1);
        return new Shift(dev.device("dev"), startSector);
    }

    @Override
    public MapResult map(DmTarget<Shift> ti, TargetBio bio) {
        return bio.remap(ti.state().dev, ti.state().startSector + bio.sector());
    }

    @Override
    public String status(DmTarget<Shift> ti, StatusType type) {
        return type == StatusType.INFO ? "" : ti.state().dev.tableName() + " " + ti.state().startSector;
    }

    @Override
    public void iterateDevices(DmTarget<Shift> ti, DeviceVisitor visitor) {
        visitor.visit(ti.state().dev, ti.state().startSector, ti.len());
    }

    @Override
    public void extents(DmTarget<Shift> ti, long sector, long sectors, ExtentVisitor visitor) throws IOException {
        Shift shift = ti.state();
        shift.dev.extents(
                shift.startSector + sector,
                sectors,
                (at, length, type) -> visitor.visit(at - shift.startSector, length, type));
    }
}
