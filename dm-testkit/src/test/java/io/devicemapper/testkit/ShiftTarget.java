package io.devicemapper.testkit;

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
        return new Shift(args.device("dev"), args.sector("start"));
    }

    @Override
    public MapResult map(DmTarget<Shift> ti, TargetBio bio) {
        return bio.remap(ti.state().dev, ti.state().startSector + bio.sector());
    }

    @Override
    public String status(DmTarget<Shift> ti, StatusType type) {
        return type == StatusType.INFO ? "" : ti.state().dev.tableName() + " " + ti.state().startSector;
    }
}
