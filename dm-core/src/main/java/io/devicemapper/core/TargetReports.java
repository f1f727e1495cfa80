package io.devicemapper.core;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What is told of one target's failures: in the log, and of its breaches of contract also to who listens. Safe for use by several threads. */
final class TargetReports {
    private final MappedDevice device;
    private final Registration registration;
    private final long begin;
    private final Extensions extensions;
    private final System.Logger log;
    private final Set<String> blamed = ConcurrentHashMap.newKeySet();

    /**
     * Reports about one target.
     *
     * @param begin the target's first sector on the device
     * @param extensions knows who listens
     */
    TargetReports(MappedDevice device, Registration registration, long begin, Extensions extensions) {
        this.device = device;
        this.registration = registration;
        this.begin = begin;
        this.extensions = extensions;
        this.log = System.getLogger("io.devicemapper.target." + registration.name());
    }

    /** The log of all targets of this type, which they share with the host. */
    System.Logger log() {
        return log;
    }

    /**
     * Reports what a target did that it must not do. Once for each kind, since it would be repeated for every bio; the log names the device, so
     * that an operator knows whom to blame. Never throws.
     *
     * @param what the kind of breach, from a small set: no numbers of bios in it
     * @param thrown what the target threw, or null
     */
    void blame(String what, Throwable thrown) {
        try {
            if (blamed.add(thrown == null ? what : what + thrown.getClass().getName())) {
                String breach = thrown == null ? what : what + " " + ThrownText.of(thrown);
                report(breach, thrown);
                extensions.breach(line(breach));
            }
        } catch (Throwable t) {
            // Out of memory, say. The bio at hand matters more than the report.
        }
    }

    int breachesReported() {
        return blamed.size();
    }

    /** Reports a failure in words of the host. Never throws. */
    void report(String what, Throwable cause) {
        try {
            log.log(System.Logger.Level.ERROR, line(what), cause);
        } catch (Throwable t) {
            reportWithoutCause(what);
        }
    }

    private void reportWithoutCause(String what) {
        try {
            log.log(System.Logger.Level.ERROR, line(what));
        } catch (Throwable t) {
            // A logger that fails must not keep a bio from ending, and there is nobody else to tell.
        }
    }

    private String line(String what) {
        return device.name() + ": target " + registration.name() + " at sector " + begin + ": " + what;
    }
}
