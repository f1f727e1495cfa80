package io.devicemapper.targets.cache.policy;

import io.devicemapper.cache.HintVisitor;
import io.devicemapper.cache.Migration;

/**
 * The blocks of a cache, parted by how soon they were used again: LIRS (Jiang and Zhang, SIGMETRICS 2002), made to fit a cache that fills
 * in the background.
 *
 * <p>Most of the cache belongs to <em>reused</em> blocks (the paper's LIR): those whose last two uses lay close together. The rest is a
 * <em>queue</em> (resident HIR): blocks that were used once, or not for long; its first is the next to leave. The <em>recency stack</em>
 * has all reused blocks, and whatever else was used since the coldest of these was; so a block that is used again while it stands
 * there beats that one, and takes its place among the reused. Blocks that have left the cache, or were never in it, stay in the stack
 * as <em>ghosts</em>, of a number that is bounded; the oldest is forgotten first.
 *
 * <p>What differs from the paper: the size of the queue can change at any time, and is then reached step by step; a block comes or goes
 * in two steps, begin and end, and is used meanwhile.
 *
 * <p>Memory: 31 to 37 bytes an entry, for cache blocks, ghosts and blocks that arrive. Each call takes constant time, on average over the
 * calls before it. Not safe for use by several threads.
 */
final class Lirs {
    /** What an access found. */
    enum Access {
        /** The block is in the cache. */
        HIT,
        /** It is not, but was used not long ago: it would be one of the reused. */
        REUSED_MISS,
        /** It is not, and was not in memory. */
        FIRST_MISS,
        /** It is about to come. */
        ARRIVING_MISS
    }

    private static final int REUSED = 1;
    private static final int RESIDENT = 1 << 1;
    private static final int IN_STACK = 1 << 2;
    /** In the queue if resident, else among the ghosts. */
    private static final int IN_LIST = 1 << 3;
    /** Used again while in the stack, when that could not be acted upon. */
    private static final int USED_AGAIN = 1 << 4;

    private static final int ARRIVING = 1 << 5;
    private static final int LEAVING = 1 << 6;

    private final int capacity;
    private final int maxGhosts;
    private final int maxArriving;
    private final BlockTable table;
    private final byte[] flags;
    /** Coldest first. */
    private final EntryList stack;

    private final EntryList queue;
    private final EntryList ghosts;
    private int maxReused;
    private int reused;
    private int residents;
    private int arriving;
    private int freeBlocks;

    /**
     * An empty cache.
     *
     * @param capacity how many blocks it holds, at least 1
     * @param maxGhosts how many other blocks are remembered, at least 1
     * @param maxArriving how many blocks may be on their way into the cache, at least 1
     */
    Lirs(int capacity, int maxGhosts, int maxArriving) {
        this.capacity = capacity;
        this.maxGhosts = maxGhosts;
        this.maxArriving = maxArriving;
        // One more ghost than allowed, for the moment between coming and making room.
        int entries = Math.toIntExact((long) capacity + maxGhosts + maxArriving + 1);
        table = new BlockTable(entries);
        flags = new byte[entries];
        stack = new EntryList(entries);
        queue = new EntryList(entries);
        ghosts = new EntryList(queue);
        freeBlocks = capacity;
        setQueueShare(0);
    }

    /**
     * How much of the cache the queue has. Reached step by step with the accesses to come.
     *
     * @param share from 0 to 1; at least one block in any case
     */
    void setQueueShare(double share) {
        maxReused = capacity - (int) Math.max(1, share * capacity);
    }

    int residents() {
        return residents;
    }

    int ghosts() {
        return ghosts.size();
    }

    /** Whether there is a cache block that no block is in or on its way to. */
    boolean hasFreeBlock() {
        return freeBlocks > 0;
    }

    boolean canArrive() {
        return arriving < maxArriving;
    }

    /** Whether the block is in the cache, one on its way out included. */
    boolean isResident(long block) {
        int entry = table.find(block);
        return entry != BlockTable.NONE && is(entry, RESIDENT);
    }

    /** Whether the block is remembered, and neither in the cache nor on its way there. */
    boolean isGhost(long block) {
        int entry = table.find(block);
        return entry != BlockTable.NONE && (flags[entry] & (RESIDENT | ARRIVING)) == 0;
    }

    /** A use of a block. */
    Access accessed(long block) {
        if (reused > maxReused) {
            coolColdestReused();
        }
        int entry = table.find(block);
        if (entry == BlockTable.NONE) {
            entry = table.add(block);
            flags[entry] = 0;
            toTopOfStack(entry);
            addGhost(entry);
            return Access.FIRST_MISS;
        }
        boolean usedAgain = is(entry, IN_STACK);
        if (is(entry, RESIDENT)) {
            hit(entry, usedAgain);
            return Access.HIT;
        }
        toTopOfStack(entry);
        if (usedAgain) {
            set(entry, USED_AGAIN);
        }
        if (is(entry, ARRIVING)) {
            return Access.ARRIVING_MISS;
        }
        ghosts.moveToLast(entry);
        return Access.REUSED_MISS;
    }

    private void hit(int entry, boolean usedAgain) {
        if (is(entry, REUSED)) {
            toTopOfStack(entry);
            prune();
        } else if (is(entry, LEAVING)) {
            toTopOfStack(entry);
            if (usedAgain) {
                set(entry, USED_AGAIN);
            }
        } else if (usedAgain) {
            becomeReused(entry);
        } else {
            toTopOfStack(entry);
            queue.moveToLast(entry);
        }
    }

    /**
     * A ghost begins its way into the cache.
     *
     * @param intoFreeBlock whether to a cache block that is free; otherwise some eviction makes room for it
     */
    void beginArrival(long block, boolean intoFreeBlock) {
        int entry = table.find(block);
        ghosts.remove(entry);
        clear(entry, IN_LIST);
        set(entry, ARRIVING);
        arriving++;
        if (intoFreeBlock) {
            freeBlocks--;
        }
    }

    /** The block has come. */
    void arrived(long block) {
        int entry = table.find(block);
        clear(entry, ARRIVING);
        set(entry, RESIDENT);
        arriving--;
        residents++;
        if (is(entry, USED_AGAIN) || reused < maxReused) {
            becomeReused(entry);
        } else {
            addToQueue(entry);
        }
    }

    /** The block has not come, and the cache block that it was to have is free. */
    void arrivalFailed(long block) {
        freeBlocks++;
        arrivalRefused(block);
    }

    /** The block has not come, nor left the one that it was to replace. */
    void arrivalRefused(long block) {
        int entry = table.find(block);
        clear(entry, ARRIVING);
        arriving--;
        becomeGhost(entry);
    }

    /** The next block to leave begins to. Returns {@link Migration#NONE} if all blocks are leaving already. */
    long beginDeparture() {
        if (queue.isEmpty()) {
            if (reused == 0) {
                return Migration.NONE;
            }
            coolColdestReused();
        }
        int entry = queue.first();
        queue.remove(entry);
        clear(entry, IN_LIST);
        set(entry, LEAVING);
        return table.block(entry);
    }

    /** The block has left, and another one has its place, or will have. */
    void departed(long block) {
        int entry = table.find(block);
        clear(entry, LEAVING | RESIDENT);
        residents--;
        becomeGhost(entry);
    }

    /** The block stays. It is the last of the queue, since what kept it may keep it for a while. */
    void departureRefused(long block) {
        int entry = table.find(block);
        clear(entry, LEAVING);
        if (is(entry, USED_AGAIN)) {
            becomeReused(entry);
        } else {
            if (queue.isEmpty() && reused > 0) {
                // Or this one would be the next again.
                coolColdestReused();
            }
            addToQueue(entry);
        }
    }

    /** The block has left unasked. Nothing is kept of it. */
    void removed(long block) {
        int entry = table.find(block);
        if (entry == BlockTable.NONE || !is(entry, RESIDENT)) {
            return;
        }
        if (is(entry, REUSED)) {
            reused--;
        } else {
            queue.remove(entry);
        }
        if (is(entry, IN_STACK)) {
            stack.remove(entry);
        }
        table.remove(entry);
        residents--;
        freeBlocks++;
        prune();
    }

    /**
     * A block that is in the cache from the beginning; hotter than all those before it.
     *
     * @throws IllegalArgumentException if it was told before, or there are more than the cache can hold
     */
    void addResident(long block, boolean isReused) {
        if (freeBlocks == 0 || table.find(block) != BlockTable.NONE) {
            throw new IllegalArgumentException("block " + block + " cannot be the " + (residents + 1)
                    + "th of a cache of " + capacity + ", or is there twice");
        }
        int entry = table.add(block);
        flags[entry] = RESIDENT;
        residents++;
        freeBlocks--;
        if (isReused) {
            becomeReused(entry);
        } else {
            addToQueue(entry);
        }
    }

    int maxReused() {
        return maxReused;
    }

    /** Tells the level of each block in the cache: 0 in the queue, from 1 to {@code maxLevel} for the reused, hotter ones higher. */
    void levels(int maxLevel, HintVisitor visitor) {
        for (int entry = queue.first(); entry != BlockTable.NONE; entry = queue.next(entry)) {
            visitor.hint(table.block(entry), 0);
        }
        long rank = 0;
        for (int entry = stack.first(); entry != BlockTable.NONE; entry = stack.next(entry)) {
            if (is(entry, REUSED)) {
                visitor.hint(table.block(entry), 1 + (int) (rank * maxLevel / reused));
                rank++;
            }
        }
    }

    private void becomeReused(int entry) {
        if (is(entry, IN_LIST)) {
            queue.remove(entry);
        }
        clear(entry, IN_LIST | USED_AGAIN);
        set(entry, REUSED);
        reused++;
        toTopOfStack(entry);
        if (reused > maxReused) {
            coolColdestReused();
        }
        prune();
    }

    /** The reused block whose last use lies furthest back becomes the last of the queue. */
    private void coolColdestReused() {
        prune();
        int entry = stack.first();
        leaveStack(entry);
        clear(entry, REUSED);
        reused--;
        addToQueue(entry);
        prune();
    }

    /** What lies below the coldest reused block says nothing: to be used again there beats nobody. */
    private void prune() {
        while (reused > 0 && !is(stack.first(), REUSED)) {
            int entry = stack.first();
            leaveStack(entry);
            if ((flags[entry] & (RESIDENT | ARRIVING)) == 0) {
                ghosts.remove(entry);
                table.remove(entry);
            }
        }
    }

    /** For an entry in no list that has lost its place in the cache, or the way there. */
    private void becomeGhost(int entry) {
        if (is(entry, IN_STACK)) {
            addGhost(entry);
        } else {
            table.remove(entry);
        }
    }

    private void addGhost(int entry) {
        ghosts.addLast(entry);
        set(entry, IN_LIST);
        if (ghosts.size() > maxGhosts) {
            int oldest = ghosts.first();
            ghosts.remove(oldest);
            stack.remove(oldest);
            table.remove(oldest);
        }
    }

    private void addToQueue(int entry) {
        queue.addLast(entry);
        set(entry, IN_LIST);
    }

    private void toTopOfStack(int entry) {
        if (is(entry, IN_STACK)) {
            stack.moveToLast(entry);
        } else {
            stack.addLast(entry);
            set(entry, IN_STACK);
        }
    }

    private void leaveStack(int entry) {
        stack.remove(entry);
        clear(entry, IN_STACK | USED_AGAIN);
    }

    private boolean is(int entry, int flag) {
        return (flags[entry] & flag) != 0;
    }

    private void set(int entry, int flag) {
        flags[entry] |= (byte) flag;
    }

    private void clear(int entry, int mask) {
        flags[entry] &= (byte) ~mask;
    }
}
