package io.devicemapper.targets.cache.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.target.TargetException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SmqSelectionTest {
    private static final long FAR = 100_000;

    private int others;

    @Test
    void aFreeCacheTakesWhatComes() {
        CheckedCache cache = new CheckedCache(new SmqPolicy(), 100);
        for (int block = 0; block < 100; block++) {
            cache.use(block);
        }
        assertEquals(100, cache.cached.size());
    }

    @Test
    void aLongWalkThroughAFullCacheBypassesIt() {
        CheckedCache cache = full();
        for (int i = 0; i < 1000; i++) {
            cache.use(FAR + i);
        }
        long taken = cache.cached.tailSet(FAR).size();
        assertTrue(taken <= 32, () -> taken + " blocks of the walk are in the cache");
    }

    @Test
    void aWalkThatComesAgainIsTaken() {
        CheckedCache cache = full();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 60; i++) {
                cache.use(FAR + i);
            }
        }
        int taken = cache.cached.tailSet(FAR).size();
        assertTrue(taken >= 30, () -> taken + " blocks of the walk are in the cache");
    }

    @Test
    void theThresholdOfWalksCanBeSet() throws TargetException {
        CheckedCache cache = full();
        assertEquals(List.of(), cache.selection.configValues());
        cache.selection.set("sequential_threshold", "0");
        assertEquals(List.of("sequential_threshold", "0"), cache.selection.configValues());
        for (int i = 0; i < 1000; i++) {
            cache.access(FAR + i);
        }
        assertEquals(256, migrationsWaiting(cache), "all blocks of the walk that can wait");
    }

    @Test
    void badSettingsAreRefusedInOneLine() {
        CheckedCache cache = full();
        TargetException unknown =
                assertThrows(TargetException.class, () -> cache.selection.set("random_threshold", "4"));
        assertEquals("unknown key 'random_threshold'; smq has sequential_threshold", unknown.getMessage());
        TargetException bad =
                assertThrows(TargetException.class, () -> cache.selection.set("sequential_threshold", "-1"));
        assertTrue(bad.getMessage().endsWith("found '-1'"), bad.getMessage());
        assertEquals(List.of(), cache.selection.configValues());
    }

    @Test
    void manyBiosInOneBlockAreOneUse() {
        CheckedCache cache = full();
        for (int i = 0; i < 10; i++) {
            cache.access(FAR);
        }
        assertEquals(Optional.empty(), cache.begin(false), "used once, so no reason to replace another");
        cache.access(FAR + 50);
        cache.selection.tick();
        cache.access(FAR);
        cache.access(FAR + 50);
        assertEquals(FAR, cache.begin(false).orElseThrow().promoted());
    }

    @Test
    void whatWasUsedBeforeComesFirstAndTheRestWhenIdle() {
        CheckedCache cache = full();
        cache.access(FAR);
        cache.access(FAR + 50);
        cache.access(FAR + 100);
        cache.access(FAR + 50);
        assertEquals(FAR + 50, cache.begin(true).orElseThrow().promoted());
        assertEquals(Optional.empty(), cache.begin(false));
        assertEquals(FAR, cache.begin(true).orElseThrow().promoted());
    }

    @Test
    void aRefusedVictimStaysAndAnotherIsTriedNext() {
        CheckedCache cache = full();
        Migration first = provoke(cache, FAR);
        cache.end(0, MigrationOutcome.REFUSED);
        assertTrue(cache.cached.contains(first.evicted()));
        assertFalse(cache.cached.contains(FAR));
        Migration second = provoke(cache, FAR);
        assertEquals(FAR, second.promoted());
        assertTrue(first.evicted() != second.evicted());
    }

    @Test
    void aFailedCopyLeavesAFreeBlockForTheNext() {
        CheckedCache cache = full();
        provoke(cache, FAR);
        cache.end(0, MigrationOutcome.ONLY_EVICTED);
        assertFalse(cache.cached.contains(FAR));
        assertFalse(provoke(cache, FAR + 50).evicts());
    }

    @Test
    void hintsBringTheOrderBack() {
        CheckedCache before = full();
        for (int i = 0; i < 50; i++) {
            before.use(2L * i);
        }
        Map<Long, Integer> hints = before.hints();
        assertTrue(hints.values().stream().allMatch(level -> level >= 0 && level <= 63));
        assertTrue(hints.get(98L) > hints.get(1L), "used lately, so hotter");

        CheckedCache after = new CheckedCache(new SmqPolicy(), 100);
        hints.forEach((block, hint) -> after.load(block, hint, true));
        assertEquals(hints.keySet(), after.hints().keySet());
        long victim = provoke(after, FAR).evicted();
        assertEquals(0, hints.get(victim), "the coldest goes first");
    }

    @Test
    void withoutHintsTheBlocksAreThereAllTheSame() {
        CheckedCache cache = new CheckedCache(new SmqPolicy(), 100);
        for (int i = 0; i < 100; i++) {
            cache.load(i, -1, false);
        }
        cache.check();
        assertTrue(provoke(cache, FAR).evicts());
    }

    @Test
    void hintsOfTheKernelAreUnderstood() {
        CheckedCache cache = new CheckedCache(new SmqPolicy(), 4);
        cache.load(10, 63, true);
        cache.load(11, 0, true);
        cache.load(12, 1 << 20, true);
        cache.load(13, 40, true);
        assertEquals(11, provoke(cache, FAR).evicted());
    }

    @Test
    void moreBlocksThanTheCacheHoldsAreRefused() {
        CheckedCache cache = new CheckedCache(new SmqPolicy(), 1);
        cache.selection.loaded(1, 0, false);
        cache.selection.loaded(2, 0, false);
        assertThrows(IllegalArgumentException.class, () -> cache.selection.residents());
    }

    /** A cache of the blocks 0 to 99, which is full. */
    private static CheckedCache full() {
        CheckedCache cache = new CheckedCache(new SmqPolicy(), 100);
        for (int block = 0; block < 100; block++) {
            cache.use(block);
        }
        assertEquals(100, cache.cached.size());
        return cache;
    }

    private Migration provoke(CheckedCache cache, long block) {
        cache.access(block);
        // Another one in between, or it would be the same use.
        cache.access(block + 1000 + 7L * ++others);
        cache.access(block);
        return cache.begin(false).or(() -> cache.begin(true)).orElseThrow();
    }

    private static int migrationsWaiting(CheckedCache cache) {
        int count = 0;
        while (cache.begin(true).isPresent()) {
            cache.end(0, MigrationOutcome.DONE);
            count++;
        }
        return count;
    }
}
