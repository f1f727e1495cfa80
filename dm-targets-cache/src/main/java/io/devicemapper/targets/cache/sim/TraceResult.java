package io.devicemapper.targets.cache.sim;

import java.util.List;

/**
 * What came of one trace.
 *
 * @param policies names of the policies that were measured
 * @param lines one for each size, the smallest first
 */
record TraceResult(Trace trace, List<String> policies, List<Line> lines) {
    /**
     * One size.
     *
     * @param cacheBlocks the size
     * @param optimumHits hits of who knows the future
     * @param lruHits hits of LRU
     * @param runs one for each policy
     */
    record Line(int cacheBlocks, long optimumHits, long lruHits, List<PolicyRun.Result> runs) {}

    double percent(long count) {
        return 100.0 * count / trace.accesses();
    }

    /** What part of the hits that can be had a policy has; 1 if there are none. */
    static double ofOptimum(Line line, int policy) {
        return line.optimumHits() == 0 ? 1 : (double) line.runs().get(policy).hits() / line.optimumHits();
    }

    /** By how many points the policy's hit ratio is above that of LRU. */
    double aboveLru(Line line, int policy) {
        return percent(line.runs().get(policy).hits()) - percent(line.lruHits());
    }
}
