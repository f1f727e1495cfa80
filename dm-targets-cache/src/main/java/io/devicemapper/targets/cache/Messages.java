package io.devicemapper.targets.cache;

import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Carries out messages: the kernel's, and two of ours, {@code drop} and {@code stats}. */
final class Messages {
    private static final int DROPPED_AT_A_TIME = 4096;

    private final CacheLine line;

    Messages(CacheLine line) {
        this.line = line;
    }

    String carryOut(TargetArgs args) throws TargetException {
        if (!args.hasNext()) {
            throw new TargetException(
                    "Invalid argument: a message is <key> <value>, invalidate_cblocks <range>...," + " drop, or stats");
        }
        if (line.isReadOnly()) {
            throw readOnly();
        }
        if (line.cache() != null && !line.cache().attachment().isAttached()) {
            String verb = args.next("message");
            if (args.size() == 1 && verb.equals("stats")) {
                return stats(line.cache());
            }
            throw readOnly();
        }
        String key = args.next("key");
        switch (key.toLowerCase(Locale.ROOT)) {
            case "invalidate_cblocks" -> invalidate(args);
            case "drop" -> {
                args.expectCount(1, "drop");
                drop(live(), 0, live().map().size());
            }
            case "stats" -> {
                args.expectCount(1, "stats");
                return stats(live());
            }
            default -> {
                args.expectCount(2, "<key> <value>");
                if (line.selection() == null) {
                    throw new TargetException("the cache is not in service yet");
                }
                line.arguments().policy().change(line.selection(), key, args.next("value"));
            }
        }
        return "";
    }

    private static TargetException readOnly() {
        return new TargetException(
                "Operation not supported: unable to service cache target messages in READ_ONLY or FAIL mode");
    }

    private Cache live() throws TargetException {
        Cache cache = line.cache();
        if (cache == null) {
            throw new TargetException("Device or resource busy: the cache is not in service");
        }
        return cache;
    }

    private static String stats(Cache cache) {
        CacheCounters counters = cache.counters();
        return "marked " + cache.marks().count() + " commits "
                + cache.committer().commits() + " write_hits "
                + counters.writeHits.sum() + " waited_for_mark " + counters.waitedForMark.sum()
                + " waited_for_overlap " + counters.waitedForOverlap.sum() + " dropped_by_failures "
                + counters.failureDrops.sum() + " stuck "
                + cache.unmapper().stuckBlocks();
    }

    private void invalidate(TargetArgs args) throws TargetException {
        Cache cache = live();
        if (cache.mode() != CacheMode.PASSTHROUGH) {
            throw new TargetException("Operation not permitted: cache has to be in passthrough mode for invalidation");
        }
        while (args.hasNext()) {
            String range = args.next("cblocks");
            int dash = range.indexOf('-');
            long begin = number(dash < 0 ? range : range.substring(0, dash), range);
            long end = dash < 0 ? begin + 1 : number(range.substring(dash + 1), range);
            int size = cache.map().size();
            if (begin >= size) {
                throw new TargetException("begin cblock out of range: " + begin + " >= " + size);
            }
            if (end > size) {
                throw new TargetException("end cblock out of range: " + end + " > " + size);
            }
            if (begin >= end) {
                throw new TargetException("invalid cblock range: " + begin + " >= " + end);
            }
            drop(cache, (int) begin, (int) end);
        }
    }

    private static long number(String word, String range) throws TargetException {
        try {
            return TargetArgs.of(word).number("cblocks", 0, 0xFFFF_FFFFL);
        } catch (TargetException e) {
            throw new TargetException("invalid cblock range '" + range + "' (expected <cblock> or <begin>-<end>)", e);
        }
    }

    /** Between two migrations: a copy under way could have been read from the origin before what this message is about. */
    private static void drop(Cache cache, int begin, int end) throws TargetException {
        boolean[] dropped = new boolean[1];
        cache.migrator().runAndWait(() -> dropped[0] = dropAll(cache, begin, end));
        if (!dropped[0]) {
            throw new TargetException("cache blocks could not be dropped: the metadata cannot be written");
        }
    }

    private static boolean dropAll(Cache cache, int begin, int end) {
        List<CacheBlock> leaving = new ArrayList<>();
        for (int number = begin; number < end; number++) {
            CacheBlock block = cache.map().block(number);
            if (block.origin() != CacheBlock.NONE) {
                leaving.add(block);
            }
            if (leaving.size() == DROPPED_AT_A_TIME || (number == end - 1 && !leaving.isEmpty())) {
                if (!cache.unmapAndWait(leaving)) {
                    return false;
                }
                leaving.clear();
            }
        }
        return true;
    }
}
