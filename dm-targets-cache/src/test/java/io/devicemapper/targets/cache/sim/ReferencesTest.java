package io.devicemapper.targets.cache.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.cache.CachePolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What policies are measured against is measured against models that cannot be wrong, on small traces. */
class ReferencesTest {
    private static final PolicyRun.Conditions AT_ONCE = new PolicyRun.Conditions(0, true);

    @Test
    void theOptimumIsWhatTryingEverythingFinds() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            Trace trace = random(random, 20, 6);
            Optimum optimum = new Optimum(trace);
            for (int size = 1; size <= 4; size++) {
                assertEquals(
                        mostHits(trace, 0, size, new TreeSet<>(), new HashMap<>()),
                        optimum.hits(size),
                        "seed " + seed + ", round " + round + ", size " + size);
            }
        }
    }

    /** Tries all there is to do after each access: drop any block, or do not take in the one accessed. */
    private static long mostHits(
            Trace trace, int access, int size, Set<Integer> cached, Map<List<Object>, Long> known) {
        if (access == trace.accesses()) {
            return 0;
        }
        List<Object> situation = List.of(access, List.copyOf(cached));
        Long before = known.get(situation);
        if (before != null) {
            return before;
        }
        int id = trace.id(access);
        long hit = cached.contains(id) ? 1 : 0;
        long best = mostHits(trace, access + 1, size, cached, known);
        if (hit == 0) {
            Set<Integer> with = new TreeSet<>(cached);
            with.add(id);
            if (with.size() <= size) {
                best = Math.max(best, mostHits(trace, access + 1, size, with, known));
            } else {
                for (Integer dropped : cached) {
                    Set<Integer> without = new TreeSet<>(with);
                    without.remove(dropped);
                    best = Math.max(best, mostHits(trace, access + 1, size, without, known));
                }
            }
        }
        known.put(situation, hit + best);
        return hit + best;
    }

    @Test
    void lruInOnePassAndThePolicyLruAreWhatALinkedHashMapDoes() throws SimException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        CachePolicy policy = new Policies().named("lru");
        for (int round = 0; round < 50; round++) {
            Trace trace = random(random, 2000, 60);
            LruHits lru = new LruHits(trace);
            for (int size : new int[] {1, 2, 7, 30, 59, 60, 100}) {
                String where = "seed " + seed + ", round " + round + ", size " + size;
                long expected = linkedHashMapHits(trace, size);
                assertEquals(expected, lru.hits(size), where);
                PolicyRun.Result run = PolicyRun.run(policy, Map.of(), trace, size, 64, AT_ONCE);
                assertEquals(expected, run.hits(), where);
                assertEquals(trace.accesses() - expected, run.promotions(), where);
            }
        }
    }

    private static long linkedHashMapHits(Trace trace, int size) {
        Map<Integer, Boolean> cached = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, Boolean> eldest) {
                return size() > size;
            }
        };
        long hits = 0;
        for (int access = 0; access < trace.accesses(); access++) {
            hits += cached.put(trace.id(access), true) != null ? 1 : 0;
        }
        return hits;
    }

    @Test
    void noPolicyBeatsTheOptimum() throws SimException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (String name : List.of("smq", "lru")) {
            CachePolicy policy = new Policies().named(name);
            for (int round = 0; round < 50; round++) {
                Trace trace = random(random, 3000, 100);
                Optimum optimum = new Optimum(trace);
                for (int size : new int[] {1, 5, 20, 99, 100}) {
                    long hits = PolicyRun.run(policy, Map.of(), trace, size, 64, AT_ONCE)
                            .hits();
                    assertEquals(hits, Math.min(hits, optimum.hits(size)), name + ", seed " + seed);
                }
            }
        }
    }

    @Test
    void aLagCostsHitsAndNothingElse() throws SimException {
        Trace trace = GeneratedTrace.of("zipf:blocks=500,accesses=20000").orElseThrow();
        CachePolicy policy = new Policies().named("smq");
        List<Long> hits = new ArrayList<>();
        for (int lag : new int[] {0, 10, 1000}) {
            hits.add(PolicyRun.run(policy, Map.of(), trace, 100, 64, new PolicyRun.Conditions(lag, true))
                    .hits());
        }
        assertEquals(hits.stream().sorted((a, b) -> Long.compare(b, a)).toList(), hits);
    }

    private static Trace random(Random random, int accesses, int blocks) {
        long[] numbers = new long[accesses];
        for (int i = 0; i < accesses; i++) {
            // Some are used more than others, and none are neighbours.
            numbers[i] = 5L * Math.min(random.nextInt(blocks), random.nextInt(blocks));
        }
        return new Trace("random", "random", numbers);
    }
}
