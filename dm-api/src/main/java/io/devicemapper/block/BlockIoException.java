package io.devicemapper.block;

import java.io.IOException;

/** A bio of a blocking helper failed. */
public final class BlockIoException extends IOException {
    private static final long serialVersionUID = 1L;

    private final BioStatus status;

    BlockIoException(String device, Bio bio, BioStatus status) {
        super(device + ": " + bio + ": " + status.text());
        this.status = status;
    }

    /** How the bio ended; never OK. */
    public BioStatus status() {
        return status;
    }
}
