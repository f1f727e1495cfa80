package io.devicemapper.targets.cache;

import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;

/** {@code plain <dev>}: the device as it is, for what follows when a cache is taken away. */
final class PlainTarget implements TargetType<DmDev> {
    @Override
    public String name() {
        return "plain";
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
    public DmDev ctr(DmTarget<DmDev> ti, TargetArgs args) throws TargetException {
        args.expectCount(1, "<dev>");
        return args.device("dev");
    }

    @Override
    public MapResult map(DmTarget<DmDev> ti, TargetBio bio) {
        return bio.remap(ti.state(), bio.sector());
    }

    @Override
    public void iterateDevices(DmTarget<DmDev> ti, DeviceVisitor visitor) {
        visitor.visit(ti.state(), 0, ti.len());
    }
}
