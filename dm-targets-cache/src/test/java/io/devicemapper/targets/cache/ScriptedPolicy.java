package io.devicemapper.targets.cache;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CachePolicy;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.cache.HintVisitor;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.Version;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Migrates what a test says, in that order: the table's setting {@code script} names the test's list. */
public final class ScriptedPolicy implements CachePolicy {
    private static final Map<String, Script> SCRIPTS = new ConcurrentHashMap<>();

    /** For the ServiceLoader. */
    public ScriptedPolicy() {}

    /** What is to be migrated, and what has become of it. */
    static final class Script {
        private final Deque<Migration> wanted = new ArrayDeque<>();
        private final Deque<Migration> cycle = new ArrayDeque<>();
        private final List<MigrationOutcome> outcomes = new ArrayList<>();
        private final List<Long> removed = new ArrayList<>();

        synchronized void add(Migration migration) {
            wanted.add(migration);
        }

        synchronized List<MigrationOutcome> outcomes() {
            return List.copyOf(outcomes);
        }

        /** From now on these are wanted in turns, and nothing else. */
        synchronized void endless(List<Migration> migrations) {
            cycle.addAll(migrations);
        }

        private synchronized Optional<Migration> next() {
            if (!cycle.isEmpty()) {
                cycle.add(cycle.peek());
                return Optional.of(cycle.remove());
            }
            return Optional.ofNullable(wanted.poll());
        }

        private synchronized void over(MigrationOutcome outcome) {
            outcomes.add(outcome);
        }

        private synchronized void gone(long originBlock) {
            removed.add(originBlock);
        }

        synchronized List<Long> removed() {
            return List.copyOf(removed);
        }
    }

    static Script script(String name) {
        return SCRIPTS.computeIfAbsent(name, n -> new Script());
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public Version version() {
        return new Version(1, 0, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public CacheSelection create(CacheGeometry geometry) {
        return new Selection();
    }

    private static final class Selection implements CacheSelection {
        private Script script = new Script();
        private int residents;

        @Override
        public void set(String key, String value) {
            script = script(value);
        }

        @Override
        public void loaded(long originBlock, int hint, boolean hintValid) {
            residents++;
        }

        @Override
        public void accessed(long originBlock, boolean write) {
            // The script does not depend on that.
        }

        @Override
        public Optional<Migration> nextMigration(boolean idle) {
            return script.next();
        }

        @Override
        public void migrated(Migration migration, MigrationOutcome outcome) {
            script.over(outcome);
        }

        @Override
        public void removed(long originBlock) {
            script.gone(originBlock);
            residents--;
        }

        @Override
        public int residents() {
            return residents;
        }

        @Override
        public void hints(HintVisitor visitor) {
            // A script needs none.
        }
    }
}
