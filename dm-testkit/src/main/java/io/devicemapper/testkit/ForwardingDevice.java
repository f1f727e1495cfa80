package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioCompletion;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import java.io.IOException;
import java.util.Objects;

/** A device that is like another one in all but what happens to bios. */
abstract class ForwardingDevice extends BlockDevice {
    private final BlockDevice lower;

    ForwardingDevice(BlockDevice lower) {
        this.lower = Objects.requireNonNull(lower, "lower");
    }

    @Override
    public String name() {
        return lower.name();
    }

    @Override
    public final long sectors() {
        return lower.sectors();
    }

    @Override
    public QueueLimits limits() {
        return lower.limits();
    }

    @Override
    public boolean isReadOnly() {
        return lower.isReadOnly();
    }

    @Override
    public boolean mayWait() {
        return lower.mayWait();
    }

    @Override
    public void extents(long sector, long sectors, ExtentVisitor visitor) throws IOException {
        lower.extents(sector, sectors, visitor);
    }

    @Override
    public long cacheLosses() {
        return lower.cacheLosses();
    }

    @Override
    public void close() throws IOException {
        lower.close();
    }

    /** Sends a bio of the same content down; the one that came may be ended when {@code done} is called. */
    final void forward(Bio bio, BioCompletion done) {
        lower.submit(Bio.of(bio.op(), bio.flags(), bio.sector(), bio.sectors(), bio.payload(), (forwarded, status) -> {
            if (forwarded.payloadAbandoned()) {
                bio.abandonPayload();
            }
            if (forwarded.doubt() != null) {
                bio.leaveInDoubt(forwarded.doubt());
            }
            done.completed(forwarded, status);
        }));
    }
}
