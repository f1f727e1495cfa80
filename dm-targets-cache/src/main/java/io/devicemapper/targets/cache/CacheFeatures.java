package io.devicemapper.targets.cache;

import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.Locale;

/**
 * The feature arguments of a table line.
 *
 * @param mode null for writeback, which is the default there and not supported here
 * @param metadata2 whether metadata that is formatted gets version 2
 * @param discardPassdown whether discards reach the origin
 * @param words how many words they are
 */
record CacheFeatures(CacheMode mode, boolean metadata2, boolean discardPassdown, int words) {
    private static final int MOST = 3;

    /** Reads the count and the features. */
    static CacheFeatures read(TargetArgs args) throws TargetException {
        TargetArgs features = args.group("#features", MOST, "Invalid number of cache feature arguments");
        CacheMode mode = null;
        int modes = 0;
        boolean metadata2 = false;
        boolean discardPassdown = true;
        while (features.hasNext()) {
            switch (features.next("feature").toLowerCase(Locale.ROOT)) {
                case "writeback" -> {
                    mode = null;
                    modes++;
                }
                case "writethrough" -> {
                    mode = CacheMode.WRITETHROUGH;
                    modes++;
                }
                case "passthrough" -> {
                    mode = CacheMode.PASSTHROUGH;
                    modes++;
                }
                case "metadata2" -> metadata2 = true;
                case "no_discard_passdown" -> discardPassdown = false;
                default ->
                    throw features.error(
                            "Unrecognised cache feature requested",
                            "feature",
                            "one of metadata2, no_discard_passdown, passthrough, writethrough");
            }
        }
        if (modes > 1) {
            throw new TargetException("Duplicate cache io_mode features requested (expected one of writethrough and"
                    + " passthrough, found " + modes + ")");
        }
        return new CacheFeatures(mode, metadata2, discardPassdown, features.size());
    }

    /** Refuses what is not there, once everything else has been found right. */
    void requireSupported() throws TargetException {
        if (mode == null) {
            throw new TargetException("writeback is not supported: no cached block may be newer than its origin"
                    + " (write the feature writethrough or passthrough; without one of them a cache is writeback)");
        }
    }

    /** As INFO status shows them, with their number in front. */
    String info() {
        int count = 1 + (metadata2 ? 1 : 0) + (discardPassdown ? 0 : 1);
        return count + (metadata2 ? " metadata2" : "") + " " + mode.word()
                + (discardPassdown ? "" : " no_discard_passdown");
    }
}
