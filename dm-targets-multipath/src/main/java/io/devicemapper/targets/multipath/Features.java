package io.devicemapper.targets.multipath;

import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.StringJoiner;

/** The feature arguments of a table line. Immutable once parsed. */
final class Features {
    /** The kernel's eight, and those of ours. */
    static final int MOST_WORDS = 21;

    private static final String UNRECOGNISED = "Unrecognised multipath feature request";
    private static final long MAX_SECONDS = 31_536_000; // a year: beyond that, nobody means a number
    private static final long MAX_MILLIS = 1000 * MAX_SECONDS;

    private boolean queueIfNoPath;
    private OptionalLong pgInitRetries = OptionalLong.empty();
    private OptionalLong pgInitDelayMillis = OptionalLong.empty();
    private boolean retainHardwareHandler;
    private QueueMode queueMode = QueueMode.RQ;
    private OptionalLong noPathSeconds = OptionalLong.empty();
    private OptionalLong ioTimeoutMillis = OptionalLong.empty();
    private OptionalLong inDoubtSeconds = OptionalLong.empty();
    private OptionalLong failbackSeconds = OptionalLong.empty();
    private OptionalLong checkMillis = OptionalLong.empty();
    private boolean sharedCache;

    private Features() {}

    static Features parse(TargetArgs args) throws TargetException {
        Features features = new Features();
        while (args.hasNext()) {
            features.parseNext(args);
        }
        if (features.noPathSeconds.isPresent() && !features.queueIfNoPath) {
            throw new TargetException("no_path_timeout_secs needs queue_if_no_path");
        }
        return features;
    }

    private void parseNext(TargetArgs args) throws TargetException {
        String name = args.next("feature");
        switch (name.toLowerCase(Locale.ROOT)) {
            case "queue_if_no_path" -> queueIfNoPath = true;
            case "retain_attached_hw_handler" -> retainHardwareHandler = true;
            case "pg_init_retries" -> pgInitRetries = number(args, name, 1, 50);
            case "pg_init_delay_msecs" -> pgInitDelayMillis = number(args, name, 0, 60_000);
            case "queue_mode" -> queueMode = queueMode(args);
            case "no_path_timeout_secs" -> noPathSeconds = number(args, name, 1, MAX_SECONDS);
            case "io_timeout_msecs" -> ioTimeoutMillis = number(args, name, 1, MAX_MILLIS);
            case "in_doubt_secs" -> inDoubtSeconds = number(args, name, 0, MAX_SECONDS);
            case "failback_secs" -> failbackSeconds = number(args, name, 0, MAX_SECONDS);
            case "check_msecs" -> checkMillis = number(args, name, 1, MAX_MILLIS);
            case "shared_cache" -> sharedCache = true;
            default ->
                throw args.error(
                        UNRECOGNISED,
                        "feature",
                        "one of queue_if_no_path, pg_init_retries, pg_init_delay_msecs, retain_attached_hw_handler,"
                                + " queue_mode, no_path_timeout_secs, io_timeout_msecs, in_doubt_secs, failback_secs,"
                                + " check_msecs, shared_cache");
        }
    }

    private static OptionalLong number(TargetArgs args, String name, long least, long most) throws TargetException {
        requireValue(args);
        return OptionalLong.of(args.number(name, least, most, name + " must be between " + least + " and " + most));
    }

    private static QueueMode queueMode(TargetArgs args) throws TargetException {
        requireValue(args);
        return switch (args.next("queue_mode")) {
            case "rq" -> QueueMode.RQ;
            case "mq" -> QueueMode.MQ;
            case "bio" -> QueueMode.BIO;
            default -> throw args.error("Unknown 'queue_mode' requested", "queue_mode", "bio, rq or mq");
        };
    }

    private static void requireValue(TargetArgs args) throws TargetException {
        if (!args.hasNext()) {
            throw args.error(UNRECOGNISED, "feature", "a value behind it");
        }
    }

    boolean queueIfNoPath() {
        return queueIfNoPath;
    }

    QueueMode queueMode() {
        return queueMode;
    }

    /** For how long a bio waits while there is no path, where it waits at all. */
    OptionalLong noPathSeconds() {
        return noPathSeconds;
    }

    /** How long a path may take for a bio. */
    OptionalLong ioTimeoutMillis() {
        return ioTimeoutMillis;
    }

    /** How long a write waits for the end of a doubt about an older one. */
    OptionalLong inDoubtSeconds() {
        return inDoubtSeconds;
    }

    /** How long after the return of a better group the target goes back to it. */
    OptionalLong failbackSeconds() {
        return failbackSeconds;
    }

    /** How long after its failure a path is looked at. */
    OptionalLong checkMillis() {
        return checkMillis;
    }

    /** Whether a flush on one path makes durable what was written over the others. */
    boolean sharedCache() {
        return sharedCache;
    }

    /**
     * The features as in a table line, with their number before them.
     *
     * @param queueing whether bios are queued while there is no path: a message may have changed that
     */
    String table(boolean queueing) {
        StringJoiner words = new StringJoiner(" ");
        if (queueing) {
            words.add("queue_if_no_path");
        }
        pgInitRetries.ifPresent(value -> words.add("pg_init_retries " + value));
        pgInitDelayMillis.ifPresent(value -> words.add("pg_init_delay_msecs " + value));
        if (retainHardwareHandler || queueMode == QueueMode.BIO) {
            words.add("retain_attached_hw_handler");
        }
        if (queueMode == QueueMode.BIO) {
            words.add("queue_mode bio");
        }
        if (queueing) {
            noPathSeconds.ifPresent(value -> words.add("no_path_timeout_secs " + value));
        }
        ioTimeoutMillis.ifPresent(value -> words.add("io_timeout_msecs " + value));
        inDoubtSeconds.ifPresent(value -> words.add("in_doubt_secs " + value));
        failbackSeconds.ifPresent(value -> words.add("failback_secs " + value));
        checkMillis.ifPresent(value -> words.add("check_msecs " + value));
        if (sharedCache) {
            words.add("shared_cache");
        }
        int count = words.length() == 0 ? 0 : words.toString().split(" ", -1).length;
        return count == 0 ? "0" : count + " " + words;
    }
}
