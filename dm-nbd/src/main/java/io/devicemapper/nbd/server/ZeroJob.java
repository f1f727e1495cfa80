package io.devicemapper.nbd.server;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.nbd.protocol.Command;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A WRITE_ZEROES that begins or ends inside a block, or on a device that has no such operation: zeroes are written there. */
final class ZeroJob extends Job {
    private static final ByteBuffer ZEROES =
            ByteBuffer.allocateDirect(1 << 20).alignedSlice(BufferPool.HEADROOM).asReadOnlyBuffer();

    private final Blocks blocks;
    private final int flags;
    private final boolean durable;

    /**
     * @param flags {@link BioFlags#NOUNMAP} or none
     * @param durable whether to flush before the reply
     */
    ZeroJob(Transmission transmission, long cookie, Blocks blocks, int flags, boolean durable) {
        super(transmission, Command.WRITE_ZEROES, cookie);
        this.blocks = blocks;
        this.flags = flags;
        this.durable = durable;
    }

    @Override
    Reply carryOut() throws IOException {
        WriteGate gate = transmission().gate();
        WriteGate.Member member = transmission().member();
        WriteGate.Range range = blocks.isAligned()
                ? gate.enter(member, blocks.begin(), blocks.end())
                : gate.enterUnaligned(member, blocks.coverBegin(), blocks.coverEnd());
        try {
            long innerBegin = blocks.innerBegin();
            long innerEnd = blocks.innerEnd();
            if (innerBegin > innerEnd) { // inside one block
                zeroPart(blocks.begin(), blocks.end());
            } else {
                zeroPart(blocks.begin(), innerBegin);
                if (innerBegin < innerEnd) {
                    zeroBlocks(innerBegin, innerEnd);
                }
                zeroPart(innerEnd, blocks.end());
            }
        } finally {
            gate.exit(member, range);
        }
        if (durable) {
            step(BioOp.FLUSH, BioFlags.NONE, 0, 0, null);
        }
        return success();
    }

    private void zeroPart(long begin, long end) throws IOException {
        if (begin == end) {
            return;
        }
        int blockBytes = blocks.blockBytes();
        long block = blocks.blockBegin(begin);
        PooledBuffer scratch = transmission().lend(blockBytes);
        try {
            ByteBuffer whole = scratch.slice(BufferPool.HEADROOM, blockBytes);
            step(BioOp.READ, BioFlags.NONE, block, blockBytes, whole, scratch);
            whole.put(Math.toIntExact(begin - block), ZEROES, 0, Math.toIntExact(end - begin));
            step(BioOp.WRITE, BioFlags.NONE, block, blockBytes, whole, scratch);
        } finally {
            scratch.release();
        }
    }

    private void zeroBlocks(long begin, long end) throws IOException {
        if (device().limits().maxWriteZeroesSectors() > 0) {
            step(BioOp.WRITE_ZEROES, flags, begin, end - begin, null);
            return;
        }
        for (long at = begin; at < end; ) {
            int bytes = (int) Math.min(end - at, ZEROES.capacity());
            step(BioOp.WRITE, BioFlags.NONE, at, bytes, ZEROES.slice(0, bytes));
            at += bytes;
        }
    }
}
