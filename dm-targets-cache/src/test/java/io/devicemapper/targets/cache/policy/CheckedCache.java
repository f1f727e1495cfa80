package io.devicemapper.targets.cache.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CachePolicy;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** A cache without data, which holds a policy to its rules at each step. */
final class CheckedCache {
    final CacheSelection selection;
    final List<Migration> underWay = new ArrayList<>();
    final TreeSet<Long> cached = new TreeSet<>();
    private final TreeSet<Long> busy = new TreeSet<>();
    private final int cacheBlocks;
    private int free;

    CheckedCache(CachePolicy policy, int cacheBlocks) {
        this.cacheBlocks = cacheBlocks;
        selection = policy.create(new CacheGeometry(1 << 20, cacheBlocks, 64));
        free = cacheBlocks;
    }

    void load(long block, int hint, boolean valid) {
        selection.loaded(block, hint, valid);
        cached.add(block);
        free--;
    }

    /** Returns whether it is a hit. */
    boolean access(long block) {
        selection.accessed(block, (block & 1) == 0);
        return cached.contains(block);
    }

    /** Access and whatever comes of it, all at once. */
    boolean use(long block) {
        boolean hit = access(block);
        while (begin(true).isPresent()) {
            end(underWay.size() - 1, MigrationOutcome.DONE);
        }
        return hit;
    }

    Optional<Migration> begin(boolean idle) {
        Optional<Migration> next = selection.nextMigration(idle);
        next.ifPresent(migration -> {
            if (migration.evicts()) {
                assertTrue(cached.contains(migration.evicted()), () -> migration + " evicts what is not there");
                assertTrue(busy.add(migration.evicted()), () -> migration + " evicts what is busy");
            }
            if (migration.promotes()) {
                assertFalse(cached.contains(migration.promoted()), () -> migration + " promotes what is there");
                assertTrue(busy.add(migration.promoted()), () -> migration + " promotes what is busy");
            }
            if (!migration.evicts()) {
                free--;
            }
            assertTrue(free >= 0, () -> migration + " goes to a cache block that is not there");
            underWay.add(migration);
        });
        return next;
    }

    void end(int index, MigrationOutcome outcome) {
        Migration migration = underWay.remove(index);
        busy.remove(migration.evicted());
        busy.remove(migration.promoted());
        if (migration.evicts() && outcome != MigrationOutcome.REFUSED) {
            cached.remove(migration.evicted());
            free++;
        }
        if (outcome == MigrationOutcome.DONE) {
            if (migration.evicts()) {
                free--;
            }
            cached.add(migration.promoted());
        } else if (!migration.evicts()) {
            free++;
        }
        selection.migrated(migration, outcome);
        check();
    }

    void remove(long block) {
        if (!busy.contains(block)) {
            if (cached.remove(block)) {
                free++;
            }
            selection.removed(block);
            check();
        }
    }

    boolean isBusy(long block) {
        return busy.contains(block);
    }

    void check() {
        assertTrue(cached.size() <= cacheBlocks);
        assertEquals(cached.size(), selection.residents());
    }

    /** What the selection says of each block; of all blocks if nothing is under way. */
    NavigableMap<Long, Integer> hints() {
        NavigableMap<Long, Integer> hints = new TreeMap<>();
        selection.hints((block, hint) -> assertEquals(null, hints.put(block, hint), "a block told twice"));
        assertTrue(cached.containsAll(hints.keySet()));
        if (underWay.isEmpty()) {
            assertEquals(cached, hints.keySet());
        }
        return hints;
    }
}
