package io.devicemapper.target;

import io.devicemapper.block.BioStatus;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/**
 * One line of a table: a range of the mapped device, its target type and that type's state. The kernel's {@code struct dm_target}.
 * Made by the host. Safe for use by several threads, but for the settings, which only {@code ctr} may change.
 *
 * @param <S> the target's own state
 */
public interface DmTarget<S> {
    /** First sector of this target on the mapped device. */
    long begin();

    /** Length of this target in sectors. */
    long len();

    /** The table that this target stands in. */
    DmTable table();

    /** This target's type. */
    TargetType<S> type();

    /**
     * What {@code ctr} returned.
     *
     * @throws IllegalStateException during {@code ctr}
     */
    S state();

    /** The devices that {@code ctr} claimed, in that order, each once. */
    List<DmDev> devices();

    /** Name of the mapped device, as it is now. */
    String deviceName();

    /**
     * An object that stands for the mapped device, the same for all of its tables: for a target that has to remember something across
     * a reload, in a {@link java.util.WeakHashMap}.
     */
    default Object deviceIdentity() {
        return this;
    }

    /** Raises an event: the device's event number goes up and waiters wake. Nothing happens if the table is not live. */
    void event();

    /**
     * Tells of a flush that the target made on its own account, not for one from above, and that a device has failed: what the mapped device had
     * acknowledged may be lost. A device tells that once, and later flushes of it may succeed. So the next flush of the mapped device, or one that
     * is under way, fails with this status, by whichever table; and an event is raised. Any time from {@code preresume} to the end of {@code dtr}.
     *
     * @param status how it failed
     * @throws IllegalArgumentException if it has not
     */
    default void flushFailed(BioStatus status) {
        throw new UnsupportedOperationException("this host remembers no failed flush");
    }

    /** A logger that names this target. What it says is shown to the operator; never log a key. */
    System.Logger log();

    /** Whether a suspend with noflush is under way, in which bios without a path may be requeued rather than failed. */
    boolean isNoflushSuspending();

    /** Maps the requeued bios of this target again, without waiting for their back-off to end. */
    void retryRequeued();

    /**
     * In {@code ctr}: reads and writes are split so that none crosses a multiple of this many sectors, counted from the begin of the
     * target. Need not be a power of two. By default there is no such limit.
     *
     * @throws IllegalArgumentException if not positive
     */
    void maxIoLen(long sectors);

    /**
     * In {@code ctr}: how many numbered copies of a flush the target gets. By default {@code map} sees no flush at all: the host
     * flushes each device that the target claimed for writing.
     *
     * @throws IllegalArgumentException if negative
     */
    void flushBios(int copies);

    /**
     * In {@code ctr}: how many numbered copies of a discard the target gets. 0, the default, means that it supports none.
     *
     * @throws IllegalArgumentException if negative
     */
    void discardBios(int copies);

    /**
     * In {@code ctr}: how many numbered copies of a write-zeroes the target gets. 0, the default, means that it supports none.
     *
     * @throws IllegalArgumentException if negative
     */
    void writeZeroesBios(int copies);

    /**
     * In {@code ctr}: the target takes discards even if its devices do not. By default a discard is offered only if all devices in
     * use support it.
     */
    void discardsSupported();

    /** In {@code ctr}: as {@link #discardsSupported}, for write-zeroes. */
    void writeZeroesSupported();

    /**
     * In {@code ctr}: the target needs flushes even if none of its devices has a volatile cache, since it has state of its own to
     * make durable.
     */
    void flushSupported();

    /**
     * In {@code ctr}: threads for work that may wait. Named after the device and {@code name}; ended by the host after {@code dtr}, which
     * waits for tasks that run.
     *
     * @param name what the threads do, for thread dumps
     * @param threads how many at most, at least 1
     */
    ExecutorService worker(String name, int threads);

    /**
     * In {@code ctr}: one thread for delayed and repeated work. Ended by the host after {@code dtr}; tasks that have not started
     * are dropped.
     *
     * @param name what the thread does, for thread dumps
     */
    ScheduledExecutorService scheduler(String name);

    /**
     * In {@code ctr}: what other jars offer for this target, found on class path, module path and plugin folder by the rules that hold
     * for target types.
     *
     * @param service an interface of dm-api, or one that this target's own module declares to use
     */
    <P> List<P> providers(Class<P> service);
}
