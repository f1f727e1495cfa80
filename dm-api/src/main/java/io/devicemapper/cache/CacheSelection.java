package io.devicemapper.cache;

import io.devicemapper.target.TargetException;
import java.util.List;
import java.util.Optional;

/**
 * Which blocks one cache keeps: the kernel's {@code struct dm_cache_policy}, for a cache that writes through, where a block that leaves
 * has nothing to write back. The cache tells what is accessed; the selection answers with migrations when it is asked for
 * one; the cache carries them out in the background, and tells what became of each.
 *
 * <p>Mapping and cache blocks are the cache's business. A selection deals in origin blocks alone, and is never on the way of a bio.
 *
 * <h2>Threads</h2>
 *
 * <p>One call at a time, each seeing what the last one did; not always from the same thread. Calls must not block and should take well
 * under a microsecond, so a selection needs no lock, and has no memory to allocate but for the migrations.
 *
 * <h2>What a selection must keep to</h2>
 *
 * <ul>
 *   <li>It evicts blocks that are in the cache, and promotes blocks that are not.
 *   <li>A block of a migration that is under way is in no other.
 *   <li>Blocks in the cache and promotions under way that have no eviction are never more than {@link CacheGeometry#cacheBlocks}.
 *   <li>The same calls give the same answers: no clock, no random numbers but from a fixed seed.
 *   <li>Its memory is bounded by the size of the cache, whatever the size of the slow device.
 * </ul>
 *
 * <p>A cache that must not migrate, such as one that is being suspended, does not ask for migrations; all else goes on.
 */
public interface CacheSelection {
    /**
     * A block that is in the cache from an earlier life. All of them are told before anything else is called, in no order that means
     * something.
     *
     * @param originBlock its number
     * @param hint what {@link #hints} said of it; anything if {@code hintValid} is false
     * @param hintValid whether the cache was shut down in good order by this policy in this version
     */
    void loaded(long originBlock, int hint, boolean hintValid);

    /**
     * A bio reads or writes in a block, which may be in the cache or not. Told some time after the fact, and not of every bio: under load
     * some are left out.
     *
     * @param originBlock its number
     * @param write whether the bio writes
     */
    void accessed(long originBlock, boolean write);

    /**
     * What to do next. The cache asks again after each answer until it has enough to do, or there is nothing.
     *
     * @param idle whether there is nothing else to do, so that work is welcome which may not pay
     */
    Optional<Migration> nextMigration(boolean idle);

    /**
     * A migration is over. Told once for each that {@link #nextMigration} returned, in any order.
     *
     * @param migration as returned
     * @param outcome what became of it
     */
    void migrated(Migration migration, MigrationOutcome outcome);

    /**
     * A block has left the cache without a migration: it was discarded, or invalidated, or its device failed. Never a block of a
     * migration that is under way; for such a one, {@link #migrated} tells.
     *
     * @param originBlock its number
     */
    void removed(long originBlock);

    /** How many blocks are in the cache, by what this selection has been told. */
    int residents();

    /** Tells of each block in the cache what helps to go on with it after a restart. Those on their way out may be left out. O(cache blocks). */
    void hints(HintVisitor visitor);

    /** About a second has passed. */
    default void tick() {}

    /**
     * Sets one of the policy's values, which a table line or a message has. Checks nothing but this pair.
     *
     * @param key its name
     * @param value as written
     * @throws TargetException if there is no such value, or it cannot be that; nothing has changed then
     */
    default void set(String key, String value) throws TargetException {
        throw new TargetException("unknown key '" + key + "'; this policy has none");
    }

    /** The values that were set, as status shows them: key, value, key, value… */
    default List<String> configValues() {
        return List.of();
    }
}
