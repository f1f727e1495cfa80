package io.devicemapper.targets.cache.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.cache.CachePolicy;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The default policy on made-up traces, which are the same everywhere: what part of the optimum it has, and by how many points it may be
 * below LRU. The floors lie a little below what is measured, so a change that costs hits fails.
 */
class HitRatioFloorTest {
    @ParameterizedTest
    @CsvSource({
        "'zipf:accesses=100000', 5, 0.79",
        "'zipf:accesses=100000', 20, 0.85",
        "'zipf:accesses=100000', 50, 0.91",
        "'zipf:skew=1.1,accesses=100000,seed=2', 10, 0.91",
        "'loop:blocks=2000,accesses=50000', 5, 0.99",
        "'loop:blocks=2000,accesses=50000', 75, 0.99",
        "'scan-zipf:accesses=100000', 5, 0.90",
        "'scan-zipf:accesses=100000', 20, 0.94",
        "'drift:accesses=100000', 5, 0.78",
        "'drift:accesses=100000', 50, 0.94",
        "'recency:accesses=100000', 5, 0.43",
        "'recency:accesses=100000', 35, 0.90"
    })
    void smqKeepsItsShareOfTheOptimumAndIsNotBelowLru(String text, double percent, double floor) throws SimException {
        Trace trace = GeneratedTrace.of(text).orElseThrow();
        int size = new CacheSize.Percent(percent).blocks(trace);
        CachePolicy smq = new Policies().named("smq");
        long hits = PolicyRun.run(smq, Map.of(), trace, size, 64, new PolicyRun.Conditions(0, true))
                .hits();
        double ofOptimum = (double) hits / new Optimum(trace).hits(size);
        assertTrue(ofOptimum >= floor, () -> ofOptimum + " of the optimum with " + size + " blocks");
        double belowLru = 100.0 * (new LruHits(trace).hits(size) - hits) / trace.accesses();
        assertTrue(belowLru <= 1, () -> belowLru + " points below LRU with " + size + " blocks");
    }
}
