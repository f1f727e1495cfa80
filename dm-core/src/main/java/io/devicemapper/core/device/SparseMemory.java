package io.devicemapper.core.device;

import io.devicemapper.block.Bio;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A large array of bytes in direct memory, of which only the chunks that were written to exist; the others read as zeroes.
 *
 * <p>The chunks hang on a radix tree of arrays: one array up to 1 GiB, and a level more for each factor of 4096, made where it is
 * needed. A table of 4 TiB without data is an array of 4096 references.
 *
 * <p>Safe for use by several threads. A look-up takes no lock; chunks and nodes are put in place by compare-and-set. Clearing
 * whole chunks takes them off the tree. A write that is copying into such a chunk at that moment lies in the cleared range and
 * is lost as if it had come first; the chunk's memory stays valid until the last thread has let go of it.
 */
final class SparseMemory {
    /**
     * Small enough that discards free memory and a first write needn't clear much; large enough that the buffer objects of 1 GiB
     * (4096 of 64 bytes) stay in a second-level cache, so that a random read misses on its data alone.
     */
    static final int CHUNK_BYTES = 1 << 18;

    private static final int CHUNK_SHIFT = 18;
    private static final int NODE_SHIFT = 12;
    private static final int NODE_SLOTS = 1 << NODE_SHIFT;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1 << 16).asReadOnlyBuffer();

    private final long bytes;
    private final ChunkAllocator allocator;
    private final SectorLatches latches = new SectorLatches();

    /** Each slot stands for {@code 1 << rootShift} chunks: a node of the next level, or at shift 0 a chunk. */
    private final Object[] root;

    private final int rootShift;

    /** Chunks that lost the race for their slot: still zero, never seen by anybody else. */
    private final ConcurrentLinkedQueue<ByteBuffer> spares = new ConcurrentLinkedQueue<>();

    SparseMemory(long bytes, ChunkAllocator allocator) {
        this.bytes = bytes;
        this.allocator = allocator;
        long lastChunk = (bytes - 1) >>> CHUNK_SHIFT;
        int shift = 0;
        while ((lastChunk >>> shift) >= NODE_SLOTS) {
            shift += NODE_SHIFT;
        }
        this.rootShift = shift;
        this.root = new Object[(int) (lastChunk >>> shift) + 1];
    }

    /** Fills {@code dst} from its position to its limit, which stay where they are. */
    void read(long position, ByteBuffer dst) {
        int to = dst.position();
        int end = dst.limit();
        while (to < end) {
            int offset = offsetInChunk(position);
            int length = Math.min(end - to, CHUNK_BYTES - offset);
            ByteBuffer chunk = chunk(position >>> CHUNK_SHIFT);
            if (chunk != null) {
                dst.put(to, chunk, offset, length);
            } else {
                for (int done = 0; done < length; done += ZEROES.capacity()) {
                    dst.put(to + done, ZEROES, 0, Math.min(length - done, ZEROES.capacity()));
                }
            }
            position += length;
            to += length;
        }
    }

    /**
     * Stores {@code src} from its position to its limit, which stay where they are.
     *
     * @return false if memory ran out on the way
     */
    boolean write(long position, ByteBuffer src) {
        int from = src.position();
        int end = src.limit();
        while (from < end) {
            int length = Math.min(end - from, CHUNK_BYTES - offsetInChunk(position));
            ByteBuffer chunk = chunkForWriting(position >>> CHUNK_SHIFT);
            if (chunk == null) {
                return false;
            }
            copyIn(chunk, position, src, from, length);
            position += length;
            from += length;
        }
        return true;
    }

    /**
     * Makes a range read as zeroes, and gives the memory of the chunks back that lie in it altogether.
     *
     * @param end the first byte behind the range
     */
    void clear(long position, long end) {
        int headOffset = offsetInChunk(position);
        int tailLength = end == bytes ? 0 : offsetInChunk(end); // what is left of the last chunk counts as all of it
        long firstWhole = (position >>> CHUNK_SHIFT) + (headOffset == 0 ? 0 : 1);
        long endWhole = tailLength == 0 ? ((end - 1) >>> CHUNK_SHIFT) + 1 : end >>> CHUNK_SHIFT;
        if (headOffset != 0) {
            zeroInPlace(position, (int) Math.min(end - position, CHUNK_BYTES - headOffset));
        }
        if (firstWhole < endWhole) {
            cut(root, rootShift, 0, firstWhole, endWhole);
        }
        if (tailLength != 0 && firstWhole <= endWhole) {
            zeroInPlace(end - tailLength, tailLength);
        }
    }

    /**
     * Makes a range read as zeroes and hold memory for its whole length.
     *
     * @return false if memory ran out on the way
     */
    boolean fillWithZeroes(long position, long end) {
        while (position < end) {
            ByteBuffer chunk = chunkForWriting(position >>> CHUNK_SHIFT);
            if (chunk == null) {
                return false;
            }
            int length = (int) Math.min(end - position, CHUNK_BYTES - offsetInChunk(position));
            zero(chunk, position, length);
            position += length;
        }
        return true;
    }

    /** Shows the runs of chunks that exist, and of those that don't, in a range of bytes that begins and ends with a sector. */
    void extents(long position, long end, ExtentVisitor visitor) {
        long endChunk = ((end - 1) >>> CHUNK_SHIFT) + 1;
        boolean more = true;
        while (more && position < end) {
            long chunk = position >>> CHUNK_SHIFT;
            long data = nextChunk(chunk, endChunk);
            boolean hole = data > chunk;
            long next = hole ? data : nextHole(chunk + 1, endChunk);
            long nextPosition = next == endChunk ? end : next << CHUNK_SHIFT;
            more = visitor.visit(
                    position >>> Bio.SECTOR_SHIFT,
                    (nextPosition - position) >>> Bio.SECTOR_SHIFT,
                    hole ? ExtentType.HOLE : ExtentType.DATA);
            position = nextPosition;
        }
    }

    private static int offsetInChunk(long position) {
        return (int) position & (CHUNK_BYTES - 1);
    }

    private void copyIn(ByteBuffer chunk, long position, ByteBuffer src, int from, int length) {
        int offset = offsetInChunk(position);
        int end = offset + length;
        while (offset < end) {
            int piece = Math.min(end - offset, SectorLatches.BLOCK_BYTES - offset % SectorLatches.BLOCK_BYTES);
            int latch = latches.acquire(position);
            try {
                chunk.put(offset, src, from, piece);
            } finally {
                latches.release(latch);
            }
            offset += piece;
            from += piece;
            position += piece;
        }
    }

    private void zero(ByteBuffer chunk, long position, int length) {
        for (int done = 0; done < length; done += ZEROES.capacity()) {
            copyIn(chunk, position + done, ZEROES, 0, Math.min(length - done, ZEROES.capacity()));
        }
    }

    private void zeroInPlace(long position, int length) {
        ByteBuffer chunk = chunk(position >>> CHUNK_SHIFT);
        if (chunk != null) {
            zero(chunk, position, length);
        }
    }

    /** The chunk, or null where nothing was written. */
    private ByteBuffer chunk(long index) {
        Object[] node = root;
        for (int shift = rootShift; ; shift -= NODE_SHIFT) {
            Object child = child(node, shift, index);
            if (shift == 0 || child == null) {
                return (ByteBuffer) child;
            }
            node = (Object[]) child;
        }
    }

    /** The chunk, made if it was missing; null if there is no memory for it. */
    private ByteBuffer chunkForWriting(long index) {
        Object[] node = root;
        for (int shift = rootShift; shift > 0; shift -= NODE_SHIFT) {
            Object child = child(node, shift, index);
            if (child == null) {
                Object[] fresh = new Object[NODE_SLOTS];
                Object winner = SLOT.compareAndExchange(node, slot(shift, index), (Object) null, (Object) fresh);
                child = winner == null ? fresh : winner;
            }
            node = (Object[]) child;
        }
        ByteBuffer chunk = (ByteBuffer) child(node, 0, index);
        return chunk != null ? chunk : addChunk(node, slot(0, index));
    }

    private ByteBuffer addChunk(Object[] leaf, int slot) {
        ByteBuffer fresh = spares.poll();
        if (fresh == null) {
            fresh = allocator.allocate(CHUNK_BYTES);
        }
        if (fresh == null) {
            return (ByteBuffer) SLOT.getAcquire(leaf, slot); // somebody else may have had more luck
        }
        Object winner = SLOT.compareAndExchange(leaf, slot, (Object) null, (Object) fresh);
        if (winner == null) {
            return fresh;
        }
        spares.add(fresh);
        return (ByteBuffer) winner;
    }

    /** Empties the slots of the chunks from {@code first} on and before {@code end}; O(nodes in the range). */
    private void cut(Object[] node, int shift, long nodeBegin, long first, long end) {
        for (int slot = 0; slot < node.length; slot++) {
            long slotBegin = nodeBegin + ((long) slot << shift);
            long slotEnd = slotBegin + (1L << shift);
            if (slotBegin >= end) {
                return;
            }
            if (slotEnd <= first) {
                continue;
            }
            if (first <= slotBegin && slotEnd <= end) {
                SLOT.setRelease(node, slot, (Object) null);
            } else if (SLOT.getAcquire(node, slot) instanceof Object[] child) {
                cut(child, shift - NODE_SHIFT, slotBegin, first, end);
            }
        }
    }

    private long nextChunk(long index, long end) {
        while (index < end) {
            Object[] node = root;
            int shift = rootShift;
            Object child = child(node, shift, index);
            while (child != null && shift > 0) {
                node = (Object[]) child;
                shift -= NODE_SHIFT;
                child = child(node, shift, index);
            }
            if (child != null) {
                return index;
            }
            index = ((index >>> shift) + 1) << shift;
        }
        return end;
    }

    private long nextHole(long index, long end) {
        while (index < end && chunk(index) != null) {
            index++;
        }
        return Math.min(index, end);
    }

    private static int slot(int shift, long index) {
        return (int) (index >>> shift) & (NODE_SLOTS - 1);
    }

    private static Object child(Object[] node, int shift, long index) {
        return SLOT.getAcquire(node, slot(shift, index));
    }
}
