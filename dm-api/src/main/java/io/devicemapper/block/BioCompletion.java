package io.devicemapper.block;

/**
 * Learns how a {@link Bio} ended.
 *
 * <p>Called exactly once for each bio, on any thread, possibly before {@link BlockDevice#submit} has returned, and never
 * under a lock of the device. It must not block: it may run on the thread that serves other bios. It may submit further
 * bios. What it throws is logged by the device's host and affects no other bio.
 */
@FunctionalInterface
public interface BioCompletion {
    /**
     * The bio has ended. Its payload belongs to the submitter again, unless it was {@linkplain Bio#payloadAbandoned abandoned}.
     *
     * @param bio the bio that was submitted
     * @param status how it ended; the payload of a read holds data only if this is {@link BioStatus#OK}
     */
    void completed(Bio bio, BioStatus status);
}
