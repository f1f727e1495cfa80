package io.devicemapper.targets.cache.torture;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.cache.HintVisitor;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.target.TargetException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** Carries out the wishes of a {@link PolicyChannel}, as far as the rules for a selection allow, and checks what the cache tells it. */
final class TortureSelection implements CacheSelection {
    private final CacheGeometry geometry;
    private final Set<Long> residents = new TreeSet<>();
    private final Set<Long> busy = new TreeSet<>();
    private PolicyChannel channel;
    private int free;

    TortureSelection(CacheGeometry geometry) {
        this.geometry = geometry;
        this.free = geometry.cacheBlocks();
    }

    @Override
    public synchronized void set(String key, String value) throws TargetException {
        if (!key.equals("channel")) {
            throw new TargetException("unknown key '" + key + "'; known: channel");
        }
        channel = PolicyChannel.of(Integer.parseInt(value));
        channel.attach(this);
    }

    @Override
    public synchronized List<String> configValues() {
        return List.of("channel", Integer.toString(channel.number()));
    }

    @Override
    public synchronized void loaded(long originBlock, int hint, boolean hintValid) {
        channel.require(residents.add(originBlock), "block " + originBlock + " was loaded twice");
        channel.require(
                originBlock < geometry.originBlocks(), "block " + originBlock + " was loaded from beyond the end");
        if (hintValid) {
            channel.requireHint(originBlock, hint);
        }
        free--;
        channel.require(free >= 0, "more blocks were loaded than the cache has");
    }

    @Override
    public void accessed(long originBlock, boolean write) {
        // What is used is not what decides here.
    }

    @Override
    public Optional<Migration> nextMigration(boolean idle) {
        return channel.next(this);
    }

    /** A migration at random, or none. */
    synchronized Optional<Migration> random(Random random) {
        long in = random.nextLong(geometry.originBlocks());
        Long out = pickResident(random);
        boolean canComeIn = !residents.contains(in) && !busy.contains(in);
        if (out != null && random.nextInt(8) == 0) {
            return begin(Migration.evict(out));
        } else if (canComeIn && free > 0) {
            return begin(Migration.promote(in));
        } else if (canComeIn && out != null) {
            return begin(Migration.replace(out, in));
        }
        return Optional.empty();
    }

    private Long pickResident(Random random) {
        List<Long> candidates =
                residents.stream().filter(block -> !busy.contains(block)).toList();
        return candidates.isEmpty() ? null : candidates.get(random.nextInt(candidates.size()));
    }

    /** A migration as wanted; empty if the rules do not allow it now. */
    synchronized Optional<Migration> begin(Migration migration) {
        boolean allowed = (!migration.evicts()
                        || (residents.contains(migration.evicted()) && !busy.contains(migration.evicted())))
                && (!migration.promotes()
                        || (!residents.contains(migration.promoted())
                                && !busy.contains(migration.promoted())
                                && (migration.evicts() || free > 0)));
        if (!allowed) {
            return Optional.empty();
        }
        if (migration.evicts()) {
            busy.add(migration.evicted());
        }
        if (migration.promotes()) {
            busy.add(migration.promoted());
            free -= migration.evicts() ? 0 : 1;
        }
        return Optional.of(migration);
    }

    @Override
    public void migrated(Migration migration, MigrationOutcome outcome) {
        end(migration, outcome);
        channel.ended(this, migration, outcome);
    }

    private synchronized void end(Migration migration, MigrationOutcome outcome) {
        if (migration.evicts()) {
            channel.require(busy.remove(migration.evicted()), migration + " ended, and was not under way");
            if (outcome != MigrationOutcome.REFUSED) {
                residents.remove(migration.evicted());
                free++;
            }
        }
        if (migration.promotes()) {
            channel.require(busy.remove(migration.promoted()), migration + " ended, and was not under way");
            if (outcome == MigrationOutcome.DONE) {
                residents.add(migration.promoted());
                free -= migration.evicts() ? 1 : 0;
            } else {
                free += migration.evicts() ? 0 : 1;
            }
        }
    }

    @Override
    public synchronized void removed(long originBlock) {
        channel.require(!busy.contains(originBlock), "block " + originBlock + " was removed in mid-migration");
        if (residents.remove(originBlock)) {
            free++;
        }
    }

    @Override
    public synchronized int residents() {
        return residents.size();
    }

    synchronized List<Long> residentBlocks() {
        return List.copyOf(residents);
    }

    @Override
    public synchronized void hints(HintVisitor visitor) {
        residents.forEach(block -> visitor.hint(block, block.intValue()));
    }
}
