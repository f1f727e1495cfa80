package io.devicemapper.block;

import java.io.IOException;

/** A bio of a blocking helper failed. */
public final class BlockIoException extends IOException {
    private static final long serialVersionUID = 1L;

    private final BioStatus status;
    private final boolean bufferAbandoned;

    BlockIoException(String device, Bio bio, BioStatus status) {
        super(device + ": " + bio + ": " + status.text());
        this.status = status;
        this.bufferAbandoned = bio.payloadAbandoned();
    }

    /** How the bio ended; never OK. */
    public BioStatus status() {
        return status;
    }

    /** Whether the buffer that was read into or written from must never be used again: see {@link Bio#payloadAbandoned}. */
    public boolean bufferAbandoned() {
        return bufferAbandoned;
    }
}
