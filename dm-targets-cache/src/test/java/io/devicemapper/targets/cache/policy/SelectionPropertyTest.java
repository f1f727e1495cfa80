package io.devicemapper.targets.cache.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.cache.CachePolicy;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a cache does with what a policy says, the policy keeps to the rules of the interface. */
class SelectionPropertyTest {
    private static final int STEPS = 20_000;

    static Stream<CachePolicy> policies() {
        return Stream.of(new SmqPolicy(), new LruPolicy());
    }

    @ParameterizedTest
    @MethodSource("policies")
    void keepsTheRulesInRandomHistories(CachePolicy policy) {
        long seed = new Random().nextLong();
        for (int cacheBlocks : new int[] {1, 2, 3, 17, 300}) {
            run(policy, cacheBlocks, seed);
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void theSameCallsGetTheSameAnswers(CachePolicy policy) {
        long seed = new Random().nextLong();
        List<Migration> first = run(policy, 50, seed);
        assertEquals(first, run(policy, 50, seed), () -> "seed " + seed);
        assertTrue(first.size() > 100, () -> "seed " + seed);
    }

    private static List<Migration> run(CachePolicy policy, int cacheBlocks, long seed) {
        List<Migration> migrations = new ArrayList<>();
        Random random = new Random(seed);
        CheckedCache cache = new CheckedCache(policy, cacheBlocks);
        try {
            int loaded = random.nextInt(cacheBlocks + 1);
            for (int i = 0; i < loaded; i++) {
                cache.load(3L * i, random.nextInt(), random.nextBoolean());
            }
            for (int step = 0; step < STEPS; step++) {
                step(cache, cacheBlocks, random, migrations);
            }
            while (!cache.underWay.isEmpty()) {
                cache.end(0, MigrationOutcome.DONE);
            }
            cache.hints();
            assertTrue(cache.cached.size() <= cacheBlocks);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(policy.name() + " with " + cacheBlocks + " blocks, seed " + seed, e);
        }
        return migrations;
    }

    private static void step(CheckedCache cache, int cacheBlocks, Random random, List<Migration> migrations) {
        int blocks = 4 * cacheBlocks + 10;
        switch (random.nextInt(20)) {
            case 0 -> cache.remove(random.nextInt(blocks));
            case 1 -> cache.selection.tick();
            case 2 -> {
                for (int walk = random.nextInt(blocks), end = walk + 40; walk < end; walk++) {
                    cache.access(walk);
                }
            }
            case 3, 4, 5, 6 -> cache.begin(random.nextBoolean()).ifPresent(migrations::add);
            case 7, 8, 9 -> {
                if (!cache.underWay.isEmpty()) {
                    int index = random.nextInt(cache.underWay.size());
                    cache.end(index, outcome(cache.underWay.get(index), random));
                }
            }
            default -> cache.access((long) Math.abs(random.nextGaussian() * blocks / 3));
        }
        if (random.nextInt(1000) == 0) {
            cache.hints();
        }
    }

    private static MigrationOutcome outcome(Migration migration, Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> MigrationOutcome.REFUSED;
            case 1 -> migration.evicts() ? MigrationOutcome.ONLY_EVICTED : MigrationOutcome.REFUSED;
            default -> MigrationOutcome.DONE;
        };
    }
}
