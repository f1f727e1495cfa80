package io.devicemapper.persistent;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.testkit.PowerCutDevice;

/** Cuts the power before the n-th write or flush: before a flush too, when all that it would have made durable can still be lost. */
final class CuttingDevice extends BlockDevice {
    private final PowerCutDevice lower;
    private final long cutBefore;
    private long operations;
    private long sectors;

    CuttingDevice(PowerCutDevice lower, long cutBefore) {
        this.lower = lower;
        this.cutBefore = cutBefore;
        this.sectors = lower.sectors();
    }

    /** How many writes and flushes came so far. */
    long operations() {
        return operations;
    }

    @Override
    public String name() {
        return lower.name();
    }

    /** Shows a part of the device alone. */
    void show(long newSectors) {
        sectors = newSectors;
    }

    /** Shows all of the device. */
    void showAll() {
        sectors = lower.sectors();
    }

    @Override
    public long sectors() {
        return sectors;
    }

    @Override
    public QueueLimits limits() {
        return lower.limits();
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
    protected void process(Bio bio) {
        switch (bio.op()) {
            case READ -> {
                // Not counted: nothing changes by it.
            }
            case WRITE, DISCARD, WRITE_ZEROES, FLUSH -> {
                if (operations++ == cutBefore) {
                    lower.power().cut();
                }
            }
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
