package io.devicemapper.nbd.server;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.nbd.protocol.Command;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A WRITE that begins or ends inside a block: what is around it is read first, and all is written in one piece. */
final class UnalignedWriteJob extends Job {
    private final Blocks blocks;
    private final PooledBuffer buffer;
    private final boolean durable;

    /**
     * @param buffer the payload begins at {@link BufferPool#HEADROOM} plus {@link Blocks#headBytes}, with room for its last block; the
     *     job is its only user
     * @param durable whether to flush before the reply
     */
    UnalignedWriteJob(Transmission transmission, long cookie, Blocks blocks, PooledBuffer buffer, boolean durable) {
        super(transmission, Command.WRITE, cookie);
        this.blocks = blocks;
        this.buffer = buffer;
        this.durable = durable;
    }

    @Override
    Reply carryOut() throws IOException {
        WriteGate gate = transmission().gate();
        try {
            WriteGate.Range range =
                    gate.enterUnaligned(transmission().member(), blocks.coverBegin(), blocks.coverEnd());
            try {
                complete(blocks.coverBegin(), blocks.begin());
                complete(blocks.end(), blocks.coverEnd());
                step(
                        BioOp.WRITE,
                        BioFlags.NONE,
                        blocks.coverBegin(),
                        blocks.coverBytes(),
                        buffer.slice(BufferPool.HEADROOM, Math.toIntExact(blocks.coverBytes())),
                        buffer);
            } finally {
                gate.exit(transmission().member(), range);
            }
            if (durable) {
                step(BioOp.FLUSH, BioFlags.NONE, 0, 0, null);
            }
        } finally {
            buffer.release();
        }
        return success();
    }

    /** Reads a part of a block, which does not cross its borders, into its place around the payload. */
    private void complete(long begin, long end) throws IOException {
        if (begin == end) {
            return;
        }
        int blockBytes = blocks.blockBytes();
        long block = blocks.blockBegin(begin);
        PooledBuffer scratch = transmission().lend(blockBytes);
        try {
            ByteBuffer whole = scratch.slice(BufferPool.HEADROOM, blockBytes);
            step(BioOp.READ, BioFlags.NONE, block, blockBytes, whole, scratch);
            int place = BufferPool.HEADROOM + Math.toIntExact(begin - blocks.coverBegin());
            buffer.memory().put(place, whole, Math.toIntExact(begin - block), Math.toIntExact(end - begin));
        } finally {
            scratch.release();
        }
    }
}
