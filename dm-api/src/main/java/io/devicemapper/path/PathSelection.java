package io.devicemapper.path;

import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;

/**
 * The paths of one group, and which of them is next: the kernel's {@code struct path_selector}. A path is known by its number in the
 * group, from 0 on.
 *
 * <h2>Threads</h2>
 *
 * <p>{@link #addPath} is called before all else, by one thread. After that {@link #next}, {@link #ioStarted} and {@link #ioEnded} run on
 * many threads at once, on the way of each bio, and must not block; {@link #failed} and {@link #reinstated} come one at a time.
 */
public interface PathSelection {
    /** In the place of a path where there is none. */
    int NONE = -1;

    /**
     * One more path, which is usable.
     *
     * @param path its number, one more than that of the last
     * @param args the path's arguments; all must be read
     * @throws TargetException if they are wrong
     */
    void addPath(int path, TargetArgs args) throws TargetException;

    /**
     * The path for a bio. A path that fails meanwhile may be returned once more; the caller looks.
     *
     * @param bytes length of the bio, 0 for a flush
     * @return the number of a usable path, or {@link #NONE}
     */
    int next(long bytes);

    /** A path is not usable any more. */
    void failed(int path);

    /** A path that had failed is usable again. */
    void reinstated(int path);

    /**
     * A bio goes down a path.
     *
     * @param path its number
     * @param bytes length of the bio
     */
    default void ioStarted(int path, long bytes) {}

    /**
     * A bio has come back from a path.
     *
     * @param path its number
     * @param bytes length of the bio
     * @param startNanos {@link System#nanoTime} when it went down; 0 unless {@link #timesIo}
     */
    default void ioEnded(int path, long bytes, long startNanos) {}

    /** Whether {@link #ioEnded} needs to know when a bio went down: two looks at the clock for each bio cost more than the rest. */
    default boolean timesIo() {
        return false;
    }

    /**
     * The group's arguments or figures, with their number before them.
     *
     * @return such as {@code 0}, or {@code 2 972 0}
     */
    default String groupStatus(StatusType type) {
        return "0";
    }

    /**
     * A path's arguments, as many as {@link PathSelector#tableArgs}, or its figures, as many as {@link PathSelector#infoArgs}.
     *
     * @param path its number
     * @param type which of the two
     * @return words separated by blanks; empty for none
     */
    String pathStatus(int path, StatusType type);
}
