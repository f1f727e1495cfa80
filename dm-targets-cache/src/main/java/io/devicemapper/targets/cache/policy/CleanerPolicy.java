package io.devicemapper.targets.cache.policy;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CachePolicy;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.cache.HintVisitor;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.Version;
import java.util.Optional;

/** Lets nothing into the cache and nothing out: to keep what is there, on the way to a cache that is taken apart. The kernel's {@code cleaner}. */
public final class CleanerPolicy implements CachePolicy {
    /** For the ServiceLoader. */
    public CleanerPolicy() {}

    @Override
    public String name() {
        return "cleaner";
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
        return new Cleaner();
    }

    private static final class Cleaner implements CacheSelection {
        private int residents;

        @Override
        public void loaded(long originBlock, int hint, boolean hintValid) {
            residents++;
        }

        @Override
        public void accessed(long originBlock, boolean write) {
            // Use changes nothing.
        }

        @Override
        public Optional<Migration> nextMigration(boolean idle) {
            return Optional.empty();
        }

        @Override
        public void migrated(Migration migration, MigrationOutcome outcome) {
            throw new IllegalArgumentException("not a migration of this policy: " + migration);
        }

        @Override
        public void removed(long originBlock) {
            residents--;
        }

        @Override
        public int residents() {
            return residents;
        }

        @Override
        public void hints(HintVisitor visitor) {
            // There is nothing to be told again.
        }
    }
}
