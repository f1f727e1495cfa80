package io.devicemapper.targets.crypt;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;

/**
 * The buffers that writes go through, in a few sizes. So many of each are made and kept; who needs one more gets one of its own from the heap, so that nobody
 * waits. Safe for use by several threads.
 */
final class BounceBuffers {
    /** The sizes in bytes: a page or block, a page of a database or a small read-ahead, and the longest piece of a bio. */
    private static final int[] SIZES = {4 << 10, 16 << 10, 128 << 10};

    /** How many of each are kept: a deep queue of small writes, and enough large ones to keep a disk busy. 6 MiB in all. */
    private static final int[] COUNTS = {256, 64, 32};

    /** The longest write that fits, in bytes. */
    static final int MAX_BYTES = SIZES[SIZES.length - 1];

    private static final int STRIDE = 17;

    private final IntFunction<ByteBuffer> direct;
    private final SizeClass[] classes = new SizeClass[SIZES.length];

    private static final class SizeClass {
        final AtomicReferenceArray<BounceBuffer> idle;
        final AtomicInteger made = new AtomicInteger();

        SizeClass(int count) {
            idle = new AtomicReferenceArray<>(count);
        }
    }

    BounceBuffers() {
        this(ByteBuffer::allocateDirect);
    }

    /**
     * Buffers.
     *
     * @param direct makes those that are lent again
     */
    BounceBuffers(IntFunction<ByteBuffer> direct) {
        this.direct = direct;
        for (int i = 0; i < SIZES.length; i++) {
            classes[i] = new SizeClass(COUNTS[i]);
        }
    }

    /** A buffer for so many bytes, at most {@link #MAX_BYTES}. */
    BounceBuffer borrow(int bytes) {
        int sizeClass = 0;
        while (bytes > SIZES[sizeClass]) {
            sizeClass++;
        }
        SizeClass pool = classes[sizeClass];
        int count = pool.idle.length();
        int home = home(count);
        for (int i = 0; i < count && pool.made.get() > 0; i++) {
            int slot = (home + i) & (count - 1);
            if (pool.idle.getPlain(slot) != null) {
                BounceBuffer found = pool.idle.getAndSet(slot, null);
                if (found != null) {
                    return found;
                }
            }
        }
        int made = pool.made.get();
        if (made < count && pool.made.compareAndSet(made, made + 1)) {
            try {
                return new BounceBuffer(direct.apply(SIZES[sizeClass]), sizeClass, true);
            } catch (OutOfMemoryError e) {
                // Of direct memory, whose limit is its own. It stays counted, so that few bios wait for the JVM to find
                // out again.
            }
        }
        return new BounceBuffer(ByteBuffer.allocate(bytes), sizeClass, false);
    }

    /** Takes one back that nobody else can get at. */
    void giveBack(BounceBuffer buffer) {
        if (!buffer.pooled()) {
            return;
        }
        SizeClass pool = classes[buffer.sizeClass()];
        int count = pool.idle.length();
        int home = home(count);
        for (int i = 0; i < count; i++) {
            int slot = (home + i) & (count - 1);
            if (pool.idle.getPlain(slot) == null && pool.idle.compareAndSet(slot, null, buffer)) {
                return;
            }
        }
        // Others kept filling the slots that were empty: this one is dropped, and may be made anew.
        pool.made.decrementAndGet();
    }

    /** Writes one off that the lower device may still be using: it is never lent again. */
    void abandon(BounceBuffer buffer) {
        if (buffer.pooled()) {
            classes[buffer.sizeClass()].made.decrementAndGet();
        }
    }

    private static int home(int count) {
        return ((int) Thread.currentThread().getId() * STRIDE) & (count - 1);
    }
}
