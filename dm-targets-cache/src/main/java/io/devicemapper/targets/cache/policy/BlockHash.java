package io.devicemapper.targets.cache.policy;

/** Spreads block numbers, which come in runs, evenly over 64 bits. */
final class BlockHash {
    private BlockHash() {}

    /** The finisher of splitmix64 (Steele, Lea and Flood, OOPSLA 2014): one to one, and each bit depends on each bit. */
    static long mix(long block) {
        long z = block + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
