package io.devicemapper.targets.cache.sim;

import java.util.Arrays;

/**
 * The hits of LRU at all sizes in one pass: an access is a hit if fewer other blocks than the cache is large were accessed since the
 * block's last one (Mattson et al., IBM Systems Journal 1970). These distances are counted with a Fenwick tree, in O(n log n).
 */
final class LruHits {
    /** At {@code d}: accesses with fewer than {@code d} other blocks in between. */
    private final long[] hitsBySize;

    LruHits(Trace trace) {
        hitsBySize = new long[trace.distinctBlocks() + 1];
        int[] lastAccess = new int[trace.distinctBlocks()];
        Arrays.fill(lastAccess, -1);
        FenwickTree latest = new FenwickTree(trace.accesses());
        for (int access = 0; access < trace.accesses(); access++) {
            int id = trace.id(access);
            int last = lastAccess[id];
            if (last >= 0) {
                int othersSince = latest.sumBelow(access) - latest.sumBelow(last + 1);
                hitsBySize[othersSince + 1]++;
                latest.add(last, -1);
            }
            latest.add(access, 1);
            lastAccess[id] = access;
        }
        for (int size = 1; size < hitsBySize.length; size++) {
            hitsBySize[size] += hitsBySize[size - 1];
        }
    }

    long hits(int cacheBlocks) {
        return hitsBySize[Math.min(cacheBlocks, hitsBySize.length - 1)];
    }

    /** Numbers, one of which can be changed, and all those before a place summed, in O(log n). */
    private static final class FenwickTree {
        private final int[] sums;

        FenwickTree(int length) {
            sums = new int[length + 1];
        }

        void add(int place, int change) {
            for (int i = place + 1; i < sums.length; i += i & -i) {
                sums[i] += change;
            }
        }

        int sumBelow(int place) {
            int sum = 0;
            for (int i = place; i > 0; i -= i & -i) {
                sum += sums[i];
            }
            return sum;
        }
    }
}
