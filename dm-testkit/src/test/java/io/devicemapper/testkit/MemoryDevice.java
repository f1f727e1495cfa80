package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import java.nio.ByteBuffer;

/** A few sectors of memory, so that the kit's own tests need no other device to be right. */
final class MemoryDevice extends BlockDevice {
    private final ByteBuffer content;
    private boolean closed;

    MemoryDevice(int sectors) {
        this.content = ByteBuffer.allocate(sectors * Bio.SECTOR_SIZE);
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public long sectors() {
        return content.capacity() >> Bio.SECTOR_SHIFT;
    }

    @Override
    public QueueLimits limits() {
        return QueueLimits.DEFAULT;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public boolean mayWait() {
        return false;
    }

    @Override
    protected synchronized void process(Bio bio) {
        if (!accept(bio)) {
            return;
        }
        int at = Math.toIntExact(bio.sector() << Bio.SECTOR_SHIFT);
        ByteBuffer payload = bio.payload();
        switch (bio.op()) {
            case READ -> payload.put(payload.position(), content, at, payload.remaining());
            case WRITE -> content.put(at, payload, payload.position(), payload.remaining());
            default -> {
                // FLUSH: there is nothing to do. The limits leave no other operation.
            }
        }
        bio.endIo(BioStatus.OK);
    }

    @Override
    public void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }
}
