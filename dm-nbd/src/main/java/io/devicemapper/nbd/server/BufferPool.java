package io.devicemapper.nbd.server;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Direct memory for requests and replies of all clients of a server, in blocks of a page and a power of two.
 *
 * <p>The payloads under way never exceed a budget. A client may take at most half of what is free, so that clients that hold on to
 * much, such as those that do not read their replies, leave something for everybody else, however many they are. What a
 * connection needs in order to work at all is granted always; it is bounded by the number of connections.
 */
final class BufferPool {
    /** Room for a reply's header in front of a payload that begins on a page: what a device with O_DIRECT wants. */
    static final int HEADROOM = 4096;

    private static final int MIN_SHIFT = 12;
    /** 64 MiB: a payload of 32 MiB that is not aligned, with the blocks around it. */
    private static final int MAX_SHIFT = 26;

    /** A client that holds no more than this may have one request that is longer than half of what is free. */
    private static final long LITTLE_BYTES = 1 << 20;

    /** More than this under way makes no client faster. */
    private static final long MUCH_BYTES = 64 << 20;

    private final ArrayDeque<PooledBuffer>[] idle;
    private final long budgetBytes;
    private final long maxIdleBytes;
    private final AtomicLong lentBytes = new AtomicLong();
    private final AtomicLong idleBytes = new AtomicLong();
    private final Set<Runnable> waiters = ConcurrentHashMap.newKeySet();

    @SuppressWarnings({"unchecked", "rawtypes"}) // Java has no arrays of generic types
    BufferPool(long budgetBytes) {
        this.budgetBytes = budgetBytes;
        this.maxIdleBytes = budgetBytes / 2;
        this.idle = new ArrayDeque[MAX_SHIFT + 1];
        for (int shift = MIN_SHIFT; shift <= MAX_SHIFT; shift++) {
            idle[shift] = new ArrayDeque<>();
        }
    }

    /**
     * A buffer with room for a payload, if the budget allows.
     *
     * @param payloadBytes from 0 to 64 MiB
     * @param account what the client holds already
     * @return null if it has to wait until something is given back; see {@link #awaitRoom}
     */
    PooledBuffer tryLend(int payloadBytes, AtomicLong account) {
        int shift = shift(payloadBytes);
        long bytes = blockBytes(shift);
        long free = budgetBytes - lentBytes.get();
        long held = account.get();
        boolean fairShare = held + bytes <= Math.min(MUCH_BYTES, free / 2);
        // The longest requests must not wait for ever on a server at work; nor may they leave nothing for the short
        // ones.
        boolean oneLongRequest = bytes > 2 * LITTLE_BYTES && held <= LITTLE_BYTES && bytes <= free - budgetBytes / 8;
        return fairShare || oneLongRequest ? lend(shift, bytes, account) : null;
    }

    /** A buffer with room for a payload, whatever the budget says. */
    PooledBuffer lend(int payloadBytes, AtomicLong account) {
        int shift = shift(payloadBytes);
        return lend(shift, blockBytes(shift), account);
    }

    private PooledBuffer lend(int shift, long bytes, AtomicLong account) {
        PooledBuffer buffer;
        ArrayDeque<PooledBuffer> stack = idle[shift];
        synchronized (stack) {
            buffer = stack.pollLast();
        }
        if (buffer == null) {
            ByteBuffer memory = ByteBuffer.allocateDirect(Math.toIntExact(bytes) + HEADROOM)
                    .alignedSlice(HEADROOM)
                    .slice(0, Math.toIntExact(bytes));
            buffer = new PooledBuffer(this, memory, shift);
        } else {
            idleBytes.addAndGet(-bytes);
        }
        lentBytes.addAndGet(bytes);
        account.addAndGet(bytes);
        buffer.lentTo(account);
        return buffer;
    }

    /** @param reusable whether the block may be lent again; if not, the garbage collector frees it when nobody can get at it any more */
    void giveBack(PooledBuffer buffer, AtomicLong account, boolean reusable) {
        long bytes = blockBytes(buffer.shift());
        account.addAndGet(-bytes);
        lentBytes.addAndGet(-bytes);
        if (reusable && idleBytes.addAndGet(bytes) > maxIdleBytes) {
            idleBytes.addAndGet(-bytes); // the garbage collector frees it
        } else if (reusable) {
            ArrayDeque<PooledBuffer> stack = idle[buffer.shift()];
            synchronized (stack) {
                stack.addLast(buffer);
            }
        }
        if (!waiters.isEmpty()) {
            waiters.forEach(Runnable::run);
        }
    }

    /** Has {@code wakeUp} called whenever something is given back. The caller tries again after this, before it waits. */
    void awaitRoom(Runnable wakeUp) {
        waiters.add(wakeUp);
    }

    void stopAwaiting(Runnable wakeUp) {
        waiters.remove(wakeUp);
    }

    private static int shift(int payloadBytes) {
        return Math.max(MIN_SHIFT, Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, payloadBytes) - 1));
    }

    private static long blockBytes(int shift) {
        return HEADROOM + (1L << shift);
    }
}
