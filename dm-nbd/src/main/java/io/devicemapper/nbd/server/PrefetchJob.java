package io.devicemapper.nbd.server;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.WireSizes;
import java.io.IOException;

/** A CACHE: the range is read, so that what caches below the server have it, and the data is dropped. */
final class PrefetchJob extends Job {
    private static final int STEP_BYTES = 1 << 20;

    private final Blocks blocks;

    PrefetchJob(Transmission transmission, long cookie, Blocks blocks) {
        super(transmission, Command.CACHE, cookie);
        this.blocks = blocks;
    }

    @Override
    Reply carryOut() throws IOException {
        // A hint: no more is read than a READ could ask for, however much is hinted at.
        long end = Math.min(blocks.coverEnd(), blocks.coverBegin() + WireSizes.MAX_PAYLOAD);
        PooledBuffer scratch = transmission().lend(STEP_BYTES);
        try {
            for (long at = blocks.coverBegin(); at < end; ) {
                int bytes = (int) Math.min(end - at, STEP_BYTES);
                step(BioOp.READ, BioFlags.NONE, at, bytes, scratch.slice(BufferPool.HEADROOM, bytes), scratch);
                at += bytes;
            }
        } finally {
            scratch.release();
        }
        return success();
    }
}
