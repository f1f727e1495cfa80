package io.devicemapper.nbd.server;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.nbd.protocol.AllocationFlags;
import io.devicemapper.nbd.protocol.ChunkType;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.WireSizes;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A BLOCK_STATUS: the device's extents as one chunk for {@code base:allocation}. They begin at the asked offset and never go past the
 * range; where there are very many, fewer are told, which the protocol allows.
 */
final class BlockStatusJob extends Job {
    /** 32 KiB, with the header in a buffer's headroom; a client asks again for the rest. */
    private static final int MAX_EXTENTS = 4096;

    private static final int EXTENT_BYTES = 2 * Integer.BYTES;
    private static final int FIRST_EXTENT = WireSizes.CHUNK_HEADER + Integer.BYTES;

    private final Blocks blocks;
    private final int maxExtents;

    BlockStatusJob(Transmission transmission, long cookie, Blocks blocks, boolean one) {
        super(transmission, Command.BLOCK_STATUS, cookie);
        this.blocks = blocks;
        this.maxExtents = one ? 1 : MAX_EXTENTS;
    }

    @Override
    Reply carryOut() throws IOException {
        long firstSector = blocks.coverBegin() >> Bio.SECTOR_SHIFT;
        long endSector = blocks.coverEnd() >> Bio.SECTOR_SHIFT;
        if (endSector > device().sectors()) { // it shrank since this client came
            throw new StepFailedException(BioStatus.IO);
        }
        PooledBuffer buffer = transmission().lend(maxExtents * EXTENT_BYTES);
        Collector extents = new Collector(buffer.memory());
        try {
            device().extents(firstSector, endSector - firstSector, extents);
            extents.end();
        } catch (Throwable e) {
            buffer.release();
            throw e;
        }
        ReplyFormat.putChunkHeader(
                buffer.memory(), 0, ChunkType.BLOCK_STATUS, cookie(), extents.bytes() - WireSizes.CHUNK_HEADER);
        buffer.memory().putInt(WireSizes.CHUNK_HEADER, Session.ALLOCATION_CONTEXT_ID);
        return Reply.message(buffer.slice(0, extents.bytes()), buffer);
    }

    /** Joins equal neighbours, and cuts what is outside of the asked bytes. */
    private final class Collector implements ExtentVisitor {
        private final ByteBuffer memory;
        private int count;
        private long nextSector = blocks.coverBegin() >> Bio.SECTOR_SHIFT;
        private long openBegin = blocks.begin();
        private long openEnd = blocks.begin();
        private ExtentType openType = ExtentType.DATA;

        Collector(ByteBuffer memory) {
            this.memory = memory;
        }

        @Override
        public boolean visit(long sector, long sectors, ExtentType type) {
            if (sector != nextSector || sectors <= 0) {
                throw new IllegalStateException("the device must tell of the extent from sector " + nextSector
                        + " on, but it told of " + sectors + " sectors from " + sector + " on");
            }
            nextSector += sectors;
            if (openEnd > openBegin && type != openType) {
                close();
                if (count == maxExtents) {
                    return false;
                }
            }
            openType = type;
            openEnd = Math.min(nextSector << Bio.SECTOR_SHIFT, blocks.end());
            return openEnd < blocks.end();
        }

        private void close() {
            int at = FIRST_EXTENT + count * EXTENT_BYTES;
            memory.putInt(at, (int) (openEnd - openBegin)); // unsigned: the range is shorter than 4 GiB
            memory.putInt(at + Integer.BYTES, AllocationFlags.of(openType));
            count++;
            openBegin = openEnd;
        }

        void end() throws IOException {
            if (openEnd > openBegin && count < maxExtents) {
                close();
            }
            if (count == 0) {
                throw new IOException("the device named no extent of " + blocks);
            }
        }

        int bytes() {
            return FIRST_EXTENT + count * EXTENT_BYTES;
        }
    }
}
