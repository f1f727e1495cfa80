package io.devicemapper.targets.cache;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.persistent.MetadataException;
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
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import io.devicemapper.targets.cache.metadata.CacheSuperblock;
import io.devicemapper.targets.cache.metadata.Provenance;
import java.io.IOException;
import java.util.Optional;

/**
 * A fast device in front of a slow one, written through: what is acknowledged is on both. The arguments are those of {@link CacheArguments}.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/device-mapper/cache.html">Linux: dm-cache</a>
 */
public final class CacheType implements TargetType<CacheLine> {
    /** For the ServiceLoader. */
    public CacheType() {}

    @Override
    public String name() {
        return "cache";
    }

    @Override
    public Version version() {
        return new Version(2, 3, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public CacheLine ctr(DmTarget<CacheLine> ti, TargetArgs args) throws TargetException {
        CacheArguments arguments = CacheArguments.read(ti, args);
        boolean done = false;
        try {
            arguments.requireNoMore();
            arguments.features().requireSupported();
            Claims.claim(arguments.metadata(), ti, "Error opening metadata device");
            Claims.claim(arguments.device(), ti, "Error opening cache device");
            prepareMetadata(arguments, arguments.blocks(ti.len()), ti.table().readOnly());
            CacheLine line = new CacheLine(ti, arguments);
            ti.maxIoLen(arguments.blockSectors());
            ti.flushBios(1);
            ti.flushSupported();
            ti.discardBios(1);
            ti.discardsSupported();
            ti.writeZeroesBios(1);
            done = true;
            return line;
        } finally {
            if (!done) {
                release(ti, arguments);
            }
        }
    }

    /** Checks block 0, and formats the device if that is all zeroes. What else there is to read is read when the table goes live. */
    private static void prepareMetadata(CacheArguments arguments, Blocks blocks, boolean readOnly)
            throws TargetException {
        String reason = "Error creating metadata object";
        try {
            Optional<CacheSuperblock> superblock = CacheMetadata.inspect(arguments.metadata());
            if (superblock.isPresent()) {
                superblock.get().requireBlockSectors(arguments.blockSectors());
                if (superblock.get().needsCheck() && superblock.get().provenance() != Provenance.DETACHED) {
                    throw new TargetException("Unable to get write access to metadata, please check/repair metadata. ("
                            + arguments.metadata().name() + " has the flag needs_check)");
                }
            }
            if (superblock.isEmpty() && !readOnly) {
                int version = arguments.features().metadata2() ? 2 : 1;
                CacheMetadata.format(
                                arguments.metadata(),
                                version,
                                arguments.blockSectors(),
                                blocks.cacheBlocks(),
                                arguments.policy().identity())
                        .close();
            }
        } catch (MetadataException e) {
            throw new TargetException(reason + " (" + e.getMessage() + ")", e);
        }
    }

    private static void release(DmTarget<CacheLine> ti, CacheArguments arguments) {
        Claims.release(arguments.metadata(), ti);
        Claims.release(arguments.device(), ti);
    }

    @Override
    public void dtr(DmTarget<CacheLine> ti) {
        ti.state().closeWithoutStoring();
        release(ti, ti.state().arguments());
    }

    @Override
    public MapResult map(DmTarget<CacheLine> ti, TargetBio bio) {
        BioPaths paths = ti.state().paths();
        // Where nothing is written, the origin has it all.
        return paths == null ? bio.remap(ti.state().arguments().origin(), bio.sector()) : paths.map(bio);
    }

    @Override
    public EndIo endIo(DmTarget<CacheLine> ti, TargetBio bio, BioStatus status) {
        BioPaths paths = ti.state().paths();
        return paths == null ? EndIo.done(status) : paths.ended(bio, status);
    }

    @Override
    public String status(DmTarget<CacheLine> ti, StatusType type) {
        return switch (type) {
            case INFO -> ti.state().info();
            case TABLE -> ti.state().arguments().table();
        };
    }

    @Override
    public String message(DmTarget<CacheLine> ti, TargetArgs args) throws TargetException {
        return new Messages(ti.state()).carryOut(args);
    }

    @Override
    public void iterateDevices(DmTarget<CacheLine> ti, DeviceVisitor visitor) {
        CacheArguments arguments = ti.state().arguments();
        visitor.visit(arguments.device(), 0, arguments.device().sectors());
        visitor.visit(arguments.origin(), 0, ti.len());
    }

    /** Blocks are the best size, unless the devices have a larger one that is a multiple. */
    @Override
    public void ioHints(DmTarget<CacheLine> ti, QueueLimits.Builder limits) {
        long blockBytes = ti.state().arguments().blockSectors() << Bio.SECTOR_SHIFT;
        if (limits.build().ioOpt() % blockBytes != 0 || limits.build().ioOpt() == 0) {
            limits.ioMin((int) blockBytes).ioOpt((int) blockBytes);
        }
    }

    @Override
    public void extents(DmTarget<CacheLine> ti, long sector, long sectors, ExtentVisitor visitor) throws IOException {
        ti.state().arguments().origin().extents(sector, sectors, visitor);
    }

    @Override
    public void preresume(DmTarget<CacheLine> ti) throws TargetException {
        ti.state().preresume();
    }

    @Override
    public void resume(DmTarget<CacheLine> ti) {
        ti.state().resume();
    }

    @Override
    public void presuspend(DmTarget<CacheLine> ti) {
        ti.state().presuspend();
    }

    @Override
    public void presuspendUndo(DmTarget<CacheLine> ti) {
        ti.state().resume();
    }

    @Override
    public void postsuspend(DmTarget<CacheLine> ti) {
        ti.state().postsuspend();
    }
}
