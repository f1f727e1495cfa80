package io.devicemapper.persistent;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import java.util.concurrent.atomic.AtomicInteger;

/** Another device, said to be slow: large transactions begin to write before their commit. Counts the writes that others than its maker's thread make. */
final class WaitingDevice extends BlockDevice {
    private final BlockDevice lower;
    private final Thread maker = Thread.currentThread();
    private final AtomicInteger earlyWrites = new AtomicInteger();

    WaitingDevice(BlockDevice lower) {
        this.lower = lower;
    }

    int earlyWrites() {
        return earlyWrites.get();
    }

    @Override
    public String name() {
        return lower.name();
    }

    @Override
    public long sectors() {
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
        return true;
    }

    @Override
    protected void process(Bio bio) {
        if (bio.op().modifies() && Thread.currentThread() != maker) {
            earlyWrites.incrementAndGet();
        }
        lower.submit(Bio.of(
                bio.op(),
                bio.flags(),
                bio.sector(),
                bio.sectors(),
                bio.payload(),
                (forwarded, status) -> bio.endIo(status)));
    }
}
