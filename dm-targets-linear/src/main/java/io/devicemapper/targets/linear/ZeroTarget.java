package io.devicemapper.targets.linear;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.nio.ByteBuffer;

/**
 * Reads as zeroes and forgets what is written: {@code zero}. The block device counterpart of {@code /dev/zero}.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/device-mapper/zero.html">Linux: dm-zero</a>
 */
public final class ZeroTarget implements TargetType<Void> {
    /** The source of copies: as long as most reads, and small enough to stay in a first-level cache. */
    private static final byte[] ZEROES = new byte[8192];

    @Override
    public String name() {
        return "zero";
    }

    @Override
    public Version version() {
        return new Version(1, 2, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public Void ctr(DmTarget<Void> ti, TargetArgs args) throws TargetException {
        if (args.hasNext()) {
            throw new TargetException("No arguments required (found " + args.size() + ")");
        }
        ti.discardBios(1);
        ti.discardsSupported();
        return null;
    }

    @Override
    public MapResult map(DmTarget<Void> ti, TargetBio bio) {
        return switch (bio.op()) {
            case READ -> {
                fillWithZeroes(bio.payload());
                yield bio.complete(BioStatus.OK);
            }
            case WRITE, DISCARD -> bio.complete(BioStatus.OK);
            case FLUSH, WRITE_ZEROES -> bio.complete(BioStatus.UNSUPPORTED);
        };
    }

    /** Position and limit stay where they are: the payload is shared with the layers above. */
    private static void fillWithZeroes(ByteBuffer payload) {
        int limit = payload.limit();
        for (int at = payload.position(); at < limit; at += ZEROES.length) {
            payload.put(at, ZEROES, 0, Math.min(ZEROES.length, limit - at));
        }
    }

    @Override
    public void ioHints(DmTarget<Void> ti, QueueLimits.Builder limits) {
        limits.maxDiscardSectors(QueueLimits.UNLIMITED).discardGranularity(Bio.SECTOR_SIZE);
    }

    @Override
    public void extents(DmTarget<Void> ti, long sector, long sectors, ExtentVisitor visitor) {
        visitor.visit(sector, sectors, ExtentType.HOLE);
    }
}
