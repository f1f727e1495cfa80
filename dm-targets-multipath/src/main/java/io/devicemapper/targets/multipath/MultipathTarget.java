package io.devicemapper.targets.multipath;

import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetFeature;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.io.IOException;
import java.util.Set;

/**
 * Many paths to one disk: a bio that fails on one is tried on the next. The arguments are those of {@link MultipathParser}.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/device-mapper/dm-multipath.html">Linux: dm-multipath</a>
 */
public final class MultipathTarget implements TargetType<Multipath> {
    @Override
    public String name() {
        return "multipath";
    }

    @Override
    public Version version() {
        return new Version(1, 14, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public Set<TargetFeature> features() {
        return Set.of(TargetFeature.SINGLETON, TargetFeature.IMMUTABLE);
    }

    @Override
    public Multipath ctr(DmTarget<Multipath> ti, TargetArgs args) throws TargetException {
        MultipathParser parser = new MultipathParser(ti, args);
        Features features = parser.features();
        PathGroups groups = parser.groups();
        ti.flushBios(1);
        ti.discardBios(1);
        ti.writeZeroesBios(1);
        return new Multipath(ti, features, groups);
    }

    @Override
    public MapResult map(DmTarget<Multipath> ti, TargetBio bio) {
        return ti.state().carrier().carry(bio);
    }

    @Override
    public EndIo endIo(DmTarget<Multipath> ti, TargetBio bio, BioStatus status) {
        return ti.state().carrier().ended(bio, status);
    }

    @Override
    public String status(DmTarget<Multipath> ti, StatusType type) {
        return switch (type) {
            case INFO -> ti.state().groups().info();
            case TABLE -> ti.state().table();
        };
    }

    @Override
    public String message(DmTarget<Multipath> ti, TargetArgs args) throws TargetException {
        return new Messages(ti.state()).carryOut(args);
    }

    @Override
    public void iterateDevices(DmTarget<Multipath> ti, DeviceVisitor visitor) {
        for (GroupPath path : ti.state().groups().paths()) {
            visitor.visit(path.dev(), 0, ti.len());
        }
    }

    @Override
    public void extents(DmTarget<Multipath> ti, long sector, long sectors, ExtentVisitor visitor) throws IOException {
        for (GroupPath path : ti.state().groups().paths()) {
            if (path.isActive()) {
                path.dev().extents(sector, sectors, visitor);
                return;
            }
        }
        throw new IOException(ti.deviceName() + ": no path works");
    }

    @Override
    public void presuspend(DmTarget<Multipath> ti) {
        ti.state().presuspend();
    }

    @Override
    public void presuspendUndo(DmTarget<Multipath> ti) {
        ti.state().resume();
    }

    @Override
    public void postsuspend(DmTarget<Multipath> ti) {
        ti.state().postsuspend();
    }

    @Override
    public void resume(DmTarget<Multipath> ti) {
        ti.state().resume();
    }
}
