package io.devicemapper.block;

import java.nio.ByteBuffer;
import java.util.Objects;

/** A bio that reports to a {@link BioCompletion}. */
final class CallbackBio extends Bio {
    private final BioCompletion done;

    CallbackBio(BioOp op, int flags, long sector, long sectors, ByteBuffer payload, BioCompletion done) {
        super(op, flags, sector, sectors, payload);
        this.done = Objects.requireNonNull(done, "done");
    }

    @Override
    protected void ended(BioStatus status) {
        done.completed(this, status);
    }
}
