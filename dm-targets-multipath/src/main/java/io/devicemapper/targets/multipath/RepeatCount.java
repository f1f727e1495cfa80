package io.devicemapper.targets.multipath;

import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.lang.System.Logger.Level;

/** The argument that most selectors have for a path, and that none obeys any more: how often to use a path in a row. */
final class RepeatCount {
    private static final System.Logger LOG = System.getLogger(RepeatCount.class.getName());
    private static final long UNSIGNED_INT_MAX = 0xFFFF_FFFFL;
    private static final int DEFAULT = 1;

    private RepeatCount() {}

    /**
     * Reads the count if it is given.
     *
     * @param args the path's arguments
     * @param mostArgs how many there may be
     * @param selector the selector's name, for messages
     * @return 0 or 1
     */
    static int read(TargetArgs args, int mostArgs, String selector) throws TargetException {
        if (args.size() > mostArgs) {
            throw new TargetException(selector + " ps: incorrect number of arguments (expected at most " + mostArgs
                    + " for a path, found " + args.size() + ")");
        }
        if (!args.hasNext()) {
            return DEFAULT;
        }
        long count = args.number("repeat_count", 0, UNSIGNED_INT_MAX, selector + " ps: invalid repeat count");
        if (count > 1) {
            LOG.log(Level.WARNING, () -> "multipath " + selector + ": repeat_count > 1 is deprecated, using 1 instead");
        }
        return (int) Math.min(count, 1);
    }
}
