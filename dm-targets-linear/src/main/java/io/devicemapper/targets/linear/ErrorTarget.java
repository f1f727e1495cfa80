package io.devicemapper.targets.linear;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DeviceMode;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetFeature;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.util.Set;

/**
 * Fails all I/O: {@code error}, or {@code error <dev> <start>}, which takes over the limits of the device that it stands in for. Any
 * other number of arguments is ignored, as are the two in TABLE status: the kernel does so too.
 *
 * <p>Stands where a bad stretch of a disk should be cut out, where a test wants errors, and where {@code wipe_table} replaces a table.
 */
public final class ErrorTarget implements TargetType<ErrorTarget.StandIn> {
    /** The area that this target stands in for. */
    record StandIn(DmDev dev, long startSector) {}

    @Override
    public String name() {
        return "error";
    }

    @Override
    public Version version() {
        return new Version(1, 7, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public Set<TargetFeature> features() {
        return Set.of(TargetFeature.WILDCARD);
    }

    @Override
    public StandIn ctr(DmTarget<StandIn> ti, TargetArgs args) throws TargetException {
        // A discard is taken, and fails like the rest, where a missing one would only be reported as unsupported.
        ti.discardBios(1);
        ti.discardsSupported();
        if (args.size() != 2) {
            args.rest();
            return null;
        }
        TargetArgs dev = args.take(1);
        long startSector = args.sector("start", "Invalid device sector");
        // Nothing is ever sent to the device, no flush either: so it is enough to claim it for reading.
        return new StandIn(dev.device("dev", DeviceMode.READ_ONLY), startSector);
    }

    @Override
    public MapResult map(DmTarget<StandIn> ti, TargetBio bio) {
        return bio.complete(BioStatus.IO);
    }

    @Override
    public void iterateDevices(DmTarget<StandIn> ti, DeviceVisitor visitor) {
        StandIn standIn = ti.state();
        if (standIn != null) {
            visitor.visit(standIn.dev, standIn.startSector, ti.len());
        }
    }

    @Override
    public void ioHints(DmTarget<StandIn> ti, QueueLimits.Builder limits) {
        limits.maxDiscardSectors(QueueLimits.UNLIMITED).discardGranularity(Bio.SECTOR_SIZE);
    }
}
