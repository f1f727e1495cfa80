package io.devicemapper.nbd.server;

import java.io.Closeable;

/**
 * What a negotiation led to.
 *
 * @param handle stands for this client as a user of the device
 * @param structuredReplies whether reads are answered in chunks
 * @param allocationContext whether {@code base:allocation} was selected for this export
 * @param blockSizesAgreed whether the client asked for block sizes, and so promised to keep to them
 */
record Session(
        ExportOffer offer,
        Closeable handle,
        boolean structuredReplies,
        boolean allocationContext,
        boolean blockSizesAgreed) {
    /** The id that stands for {@code base:allocation} in this server's replies. */
    static final int ALLOCATION_CONTEXT_ID = 1;
}
