package io.devicemapper.targets.linear;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.io.IOException;

/**
 * Spreads a range over several devices, chunk by chunk in turn (RAID 0): {@code striped <#stripes> <chunk_size> [<dev> <start>]+}.
 *
 * <pre>
 * chunk of the target    0 1 2 3 4 5 ...
 * on a stripe of three   0 1 2 0 1 2 ...
 * as its chunk           0 0 0 1 1 1 ...
 * </pre>
 *
 * @see <a href="https://docs.kernel.org/admin-guide/device-mapper/striped.html">Linux: dm-stripe</a>
 */
public final class StripedTarget implements TargetType<StripeSet> {
    private static final String BAD_DESTINATION = "Couldn't parse stripe destination";
    private static final long UNSIGNED_INT_MAX = 0xFFFF_FFFFL;

    @Override
    public String name() {
        return "striped";
    }

    @Override
    public Version version() {
        return new Version(1, 6, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public StripeSet ctr(DmTarget<StripeSet> ti, TargetArgs args) throws TargetException {
        if (args.size() < 2) {
            throw new TargetException("Not enough arguments (expected <#stripes> <chunk_size> [<dev> <start>]+, found "
                    + args.size() + ")");
        }
        long stripes = args.number("#stripes", 1, UNSIGNED_INT_MAX, "Invalid stripe count");
        long chunkSectors = args.number("chunk_size", 1, UNSIGNED_INT_MAX, "Invalid chunk_size");
        if (ti.len() % stripes != 0) {
            throw new TargetException("Target length not divisible by number of stripes (" + ti.len() + " sectors in "
                    + stripes + " stripes)");
        }
        long widthSectors = ti.len() / stripes;
        if (widthSectors % chunkSectors != 0) {
            throw new TargetException("Target length not divisible by chunk size (" + widthSectors
                    + " sectors of each stripe in chunks of " + chunkSectors + ")");
        }
        if (args.remaining() != 2 * stripes) {
            throw new TargetException("Not enough destinations specified (expected <dev> <start> for each of " + stripes
                    + " stripes, found " + args.remaining() + " arguments)");
        }
        Stripe[] destinations = new Stripe[Math.toIntExact(stripes)];
        for (int i = 0; i < destinations.length; i++) {
            TargetArgs dev = args.take(1);
            long startSector = args.sector("start", BAD_DESTINATION);
            destinations[i] = new Stripe(dev.device("dev", ti.table().mode(), BAD_DESTINATION), startSector);
        }
        ti.maxIoLen(chunkSectors);
        ti.discardBios(destinations.length);
        ti.writeZeroesBios(destinations.length);
        return new StripeSet(chunkSectors, widthSectors, destinations);
    }

    @Override
    public MapResult map(DmTarget<StripeSet> ti, TargetBio bio) {
        return switch (bio.op()) {
            case READ, WRITE -> ti.state().mapChunk(bio);
            case DISCARD, WRITE_ZEROES -> ti.state().mapRange(bio);
            // The host flushes each device itself, as flushBios was not called.
            case FLUSH -> bio.complete(BioStatus.UNSUPPORTED);
        };
    }

    @Override
    public EndIo endIo(DmTarget<StripeSet> ti, TargetBio bio, BioStatus status) {
        if (status != BioStatus.OK && status != BioStatus.UNSUPPORTED) {
            ti.state().countError(bio, ti);
        }
        return EndIo.done(status);
    }

    @Override
    public String status(DmTarget<StripeSet> ti, StatusType type) {
        return switch (type) {
            case INFO -> ti.state().info();
            case TABLE -> ti.state().table();
        };
    }

    @Override
    public void iterateDevices(DmTarget<StripeSet> ti, DeviceVisitor visitor) {
        ti.state().visitAreas(visitor);
    }

    @Override
    public void ioHints(DmTarget<StripeSet> ti, QueueLimits.Builder limits) {
        long chunkSectors = ti.state().chunkSectors();
        limits.chunkSectors(chunkSectors);
        long rowBytes = (chunkSectors << Bio.SECTOR_SHIFT) * ti.state().size();
        // Where a row is too large for a request, there is no size to prefer.
        if (rowBytes <= Integer.MAX_VALUE) {
            limits.ioMin((int) (chunkSectors << Bio.SECTOR_SHIFT)).ioOpt((int) rowBytes);
        }
    }

    @Override
    public void extents(DmTarget<StripeSet> ti, long sector, long sectors, ExtentVisitor visitor) throws IOException {
        new StripeExtents(ti.state(), sector, sectors).walk(visitor);
    }
}
