package io.devicemapper.testkit;

import io.devicemapper.block.ExtentVisitor;
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

/** What stands before and behind the target under test: {@code kit-filler <dev>}, all of a device as it is. */
final class FillerTarget implements TargetType<DmDev> {
    static final String NAME = "kit-filler";

    @Override
    public String name() {
        return NAME;
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
        ti.discardBios(1);
        ti.writeZeroesBios(1);
        return args.device("dev");
    }

    @Override
    public MapResult map(DmTarget<DmDev> ti, TargetBio bio) {
        return bio.remap(ti.state(), bio.sector());
    }

    @Override
    public String status(DmTarget<DmDev> ti, StatusType type) {
        return type == StatusType.INFO ? "" : ti.state().tableName();
    }

    @Override
    public void extents(DmTarget<DmDev> ti, long sector, long sectors, ExtentVisitor visitor) throws IOException {
        ti.state().extents(sector, sectors, visitor);
    }
}
