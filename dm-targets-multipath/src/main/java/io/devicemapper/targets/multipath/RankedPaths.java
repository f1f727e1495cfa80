package io.devicemapper.targets.multipath;

import io.devicemapper.path.PathSelection;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * For selectors that compare paths: finds the best of the usable ones, and among equals the one that was not chosen for the longest
 * time. The kernel moves the chosen path to the end of a list under a lock; here each path has a number that rises when it is chosen.
 *
 * @param <P> what the selector knows of a path
 */
abstract class RankedPaths<P extends RankedPaths.Ranked> implements PathSelection {
    /** A path as these selectors see it. */
    static class Ranked {
        private volatile long chosen;
        private final int path;

        Ranked(int path) {
            this.path = path;
        }
    }

    private final AtomicLong choices = new AtomicLong();

    /** All paths by number; only {@code addPath} changes it. */
    private Ranked[] paths = {};

    /** The usable ones. Replaced when they change, so that no bio meets a lock. */
    private volatile Ranked[] usable = {};

    final void add(P path) {
        paths = with(paths, path);
        enable(path);
    }

    private void enable(Ranked path) {
        path.chosen = choices.getAndIncrement();
        usable = with(usable, path);
    }

    private static Ranked[] with(Ranked[] before, Ranked path) {
        Ranked[] after = Arrays.copyOf(before, before.length + 1);
        after[before.length] = path;
        return after;
    }

    @SuppressWarnings("unchecked") // only add puts any in
    final P path(int number) {
        return (P) paths[number];
    }

    final int usableCount() {
        return usable.length;
    }

    /**
     * Compares two paths for a bio.
     *
     * @param bytes length of the bio
     * @param nowNanos what {@link #now} returned before the comparisons
     * @return negative if the first is better, positive if the second is, 0 if they are alike
     */
    abstract int compare(P first, P second, long bytes, long nowNanos);

    /** The time, for those who need it. */
    long now() {
        return 0;
    }

    @Override
    @SuppressWarnings("unchecked") // as above
    public final int next(long bytes) {
        Ranked[] candidates = usable;
        if (candidates.length == 0) {
            return NONE;
        }
        long nowNanos = now();
        Ranked best = candidates[0];
        for (int i = 1; i < candidates.length; i++) {
            Ranked other = candidates[i];
            int order = compare((P) best, (P) other, bytes, nowNanos);
            if (order > 0 || (order == 0 && other.chosen < best.chosen)) {
                best = other;
            }
        }
        best.chosen = choices.getAndIncrement();
        return best.path;
    }

    @Override
    public final void failed(int path) {
        Ranked gone = paths[path];
        usable = Arrays.stream(usable).filter(other -> other != gone).toArray(Ranked[]::new);
    }

    @Override
    public final void reinstated(int path) {
        enable(paths[path]);
    }
}
