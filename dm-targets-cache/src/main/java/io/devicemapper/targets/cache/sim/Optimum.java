package io.devicemapper.targets.cache.sim;

import java.util.Arrays;

/**
 * The most hits that any policy can have, if it knows the future: of the blocks in the cache and the one that is accessed, the one whose
 * next access is furthest away stays out (Belady, IBM Systems Journal 1966). That one may be the block accessed: a cache in front of a
 * device need not take in what it reads, so the fair bound is the one with bypass, which is never lower than the one without.
 */
final class Optimum {
    private static final int NEVER = Integer.MAX_VALUE;

    private final Trace trace;
    /** By access: the next access to the same block. */
    private final int[] next;

    Optimum(Trace trace) {
        this.trace = trace;
        next = new int[trace.accesses()];
        int[] following = new int[trace.distinctBlocks()];
        Arrays.fill(following, NEVER);
        for (int access = next.length - 1; access >= 0; access--) {
            int id = trace.id(access);
            next[access] = following[id];
            following[id] = access;
        }
    }

    /** O(n log size). */
    long hits(int cacheBlocks) {
        int capacity = Math.min(cacheBlocks, trace.distinctBlocks());
        LatestFirst cached = new LatestFirst(capacity + 1, trace.distinctBlocks());
        long hits = 0;
        for (int access = 0; access < next.length; access++) {
            int id = trace.id(access);
            if (cached.contains(id)) {
                hits++;
            }
            cached.put(id, next[access]);
            if (cached.size() > capacity) {
                cached.removeLatest();
            }
        }
        return hits;
    }

    /** Blocks by their next access, the latest on top: a binary heap that knows where each block is. */
    private static final class LatestFirst {
        private final int[] heap;
        private final int[] placeOf;
        private final int[] keyOf;
        private int size;

        LatestFirst(int capacity, int ids) {
            heap = new int[capacity];
            placeOf = new int[ids];
            keyOf = new int[ids];
            Arrays.fill(placeOf, -1);
        }

        int size() {
            return size;
        }

        boolean contains(int id) {
            return placeOf[id] >= 0;
        }

        /** Adds a block, or gives it a later key. */
        void put(int id, int key) {
            keyOf[id] = key;
            if (placeOf[id] < 0) {
                place(id, size++);
            }
            int at = placeOf[id];
            while (at > 0 && keyOf[heap[(at - 1) / 2]] < key) {
                place(heap[(at - 1) / 2], at);
                at = (at - 1) / 2;
            }
            place(id, at);
        }

        void removeLatest() {
            placeOf[heap[0]] = -1;
            int moved = heap[--size];
            if (size == 0) {
                return;
            }
            int at = 0;
            while (2 * at + 1 < size) {
                int child = 2 * at + 1;
                if (child + 1 < size && keyOf[heap[child + 1]] > keyOf[heap[child]]) {
                    child++;
                }
                if (keyOf[heap[child]] <= keyOf[moved]) {
                    break;
                }
                place(heap[child], at);
                at = child;
            }
            place(moved, at);
        }

        private void place(int id, int at) {
            heap[at] = id;
            placeOf[id] = at;
        }
    }
}
