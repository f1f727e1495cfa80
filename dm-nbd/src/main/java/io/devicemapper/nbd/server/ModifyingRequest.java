package io.devicemapper.nbd.server;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioCompletion;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;

/** A WRITE, TRIM or WRITE_ZEROES of whole blocks. */
final class ModifyingRequest extends NbdRequest {
    private PooledBuffer buffer;
    private final boolean flushAfterwards;
    private WriteGate.Range range;

    /**
     * @param payload null but for a write
     * @param buffer the payload's buffer, of which the request is one user until it has ended; or null, for a payload in memory of
     *     the connection thread
     * @param flushAfterwards whether the request is to be durable, on a device that cannot do that by itself
     */
    ModifyingRequest(
            Transmission transmission,
            int command,
            long cookie,
            BioOp op,
            int flags,
            boolean flushAfterwards,
            long offset,
            long bytes,
            ByteBuffer payload,
            PooledBuffer buffer) {
        super(transmission, command, cookie, op, flags, offset >> Bio.SECTOR_SHIFT, bytes >> Bio.SECTOR_SHIFT, payload);
        this.buffer = buffer;
        this.flushAfterwards = flushAfterwards;
    }

    @Override
    void submitToDevice() {
        long begin = sector() << Bio.SECTOR_SHIFT;
        range = transmission().gate().enter(transmission().member(), begin, begin + bytes());
        super.submitToDevice();
    }

    @Override
    protected void ended(BioStatus status) {
        transmission().gate().exit(transmission().member(), range);
        if (status.isOk() && flushAfterwards) {
            BioCompletion durable = (flush, flushStatus) -> finish(flushStatus);
            transmission().submitFlush(Bio.flush(durable));
        } else {
            finish(status);
        }
    }

    @Override
    void hold(PooledBuffer block) {
        buffer = block;
    }

    @Override
    Reply reply() {
        if (buffer != null) {
            if (payloadAbandoned()) {
                buffer.abandon();
            }
            buffer.release();
        }
        return status();
    }
}
