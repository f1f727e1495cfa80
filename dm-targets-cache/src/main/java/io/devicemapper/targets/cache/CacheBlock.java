package io.devicemapper.targets.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One block of the cache device: what it holds, and who uses it. The context of a read that it serves, so that such a read needs no
 * memory of its own.
 *
 * <p><b>Users.</b> Whoever wants to read or write here counts himself first and then looks at {@link #origin} again ({@link #enter}); whoever
 * takes the block out of service changes {@code origin} first and then looks at the count ({@link #retire}). One of the two always sees the
 * other, so a block whose count has reached 0 after that can be overwritten.
 *
 * <p><b>Writes</b> have state of their own, {@link BlockWrites}, which is there only while it is needed; the monitor of this object guards
 * it. Nothing is submitted or completed with the monitor held.
 */
final class CacheBlock {
    /** In the place of an origin block: nothing. */
    static final long NONE = -1;

    /** In {@link #users}: out of service, free as soon as nobody uses it. */
    private static final int RETIRED = 1 << 30;

    private static final VarHandle USERS;

    static {
        try {
            USERS = MethodHandles.lookup().findVarHandle(CacheBlock.class, "users", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int number;

    /** The origin block that this one stands for; changed with the monitor held. */
    private volatile long origin;

    @SuppressWarnings("unused") // changed through USERS
    private volatile int users;

    /** Guarded by this. Null where no write is under way, waits, or has left a mark. */
    private BlockWrites writes;

    /**
     * A block that nobody uses.
     *
     * @param origin what it holds, or {@link #NONE}
     */
    CacheBlock(int number, long origin) {
        this.number = number;
        this.origin = origin;
    }

    /** Its number on the cache device. */
    int number() {
        return number;
    }

    /** What it holds, or {@link #NONE}. */
    long origin() {
        return origin;
    }

    /** Says what it holds. With the monitor held. */
    void origin(long originBlock) {
        origin = originBlock;
    }

    /** Its writes' state, made if need be. With the monitor held. */
    BlockWrites writes() {
        if (writes == null) {
            writes = new BlockWrites();
        }
        return writes;
    }

    /** Its writes' state, or null. With the monitor held. */
    BlockWrites writesIfAny() {
        return writes;
    }

    /** Forgets its writes' state. With the monitor held. */
    void forgetWrites() {
        writes = null;
    }

    /**
     * Counts one more user, if the block holds what he looks for.
     *
     * @return false if it does not, and then whether it has become free has to be asked: see {@link #leave}
     */
    boolean enter(long originBlock) {
        USERS.getAndAdd(this, 1);
        return origin == originBlock;
    }

    /** Counts one more user of a block that is known to stay: with the monitor held, and {@link #origin} looked at. */
    void enterHeld() {
        USERS.getAndAdd(this, 1);
    }

    /**
     * Counts one user less.
     *
     * @return true if that makes a retired block free; told once, and then the block is the caller's to give away
     */
    boolean leave() {
        int left = (int) USERS.getAndAdd(this, -1) - 1;
        return left == RETIRED && USERS.compareAndSet(this, RETIRED, 0);
    }

    /**
     * Takes the block, which must hold nothing any more, out of service.
     *
     * @return true if it is free at once; else the last user's {@link #leave} tells
     */
    boolean retire() {
        int before = (int) USERS.getAndBitwiseOr(this, RETIRED);
        return before == 0 && USERS.compareAndSet(this, RETIRED, 0);
    }

    @Override
    public String toString() {
        return "cache block " + number;
    }
}
