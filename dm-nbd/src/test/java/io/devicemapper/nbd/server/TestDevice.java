package io.devicemapper.nbd.server;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/** A device in a byte array, whose every property a test can choose, and change while it is served. */
final class TestDevice extends BlockDevice {
    static final QueueLimits EVERYTHING = QueueLimits.builder()
            .maxDiscardSectors(QueueLimits.UNLIMITED)
            .maxWriteZeroesSectors(QueueLimits.UNLIMITED)
            .fastZeroes(true)
            .writeCache(true)
            .fua(true)
            .build();

    /** Answers an {@link #extents} call. */
    interface Extents {
        void tell(long sector, long sectors, ExtentVisitor visitor) throws IOException;
    }

    final byte[] bytes;
    volatile long sectors;
    volatile QueueLimits limits = EVERYTHING;
    volatile boolean readOnly;
    volatile boolean mayWait;
    volatile Extents extents;
    /** Sees each bio first, and may end it; what it throws comes out of the device. */
    volatile Consumer<Bio> before = bio -> {};
    /** A bio that {@link #before} gave to another thread, which ends it. */
    volatile Bio keep;

    TestDevice(int sizeBytes) {
        this.bytes = new byte[sizeBytes];
        this.sectors = sizeBytes / Bio.SECTOR_SIZE;
    }

    @Override
    public String name() {
        return "test";
    }

    @Override
    public long sectors() {
        return sectors;
    }

    @Override
    public QueueLimits limits() {
        return limits;
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public boolean mayWait() {
        return mayWait;
    }

    @Override
    public void extents(long sector, long count, ExtentVisitor visitor) throws IOException {
        if (extents == null) {
            super.extents(sector, count, visitor);
        } else {
            extents.tell(sector, count, visitor);
        }
    }

    @Override
    protected void process(Bio bio) {
        before.accept(bio);
        if (bio == keep || bio.hasEnded() || !accept(bio)) {
            return;
        }
        int begin = (int) bio.sector() * Bio.SECTOR_SIZE;
        synchronized (bytes) {
            switch (bio.op()) {
                case READ -> {
                    ByteBuffer payload = bio.payload();
                    payload.duplicate().put(bytes, begin, payload.remaining());
                }
                case WRITE -> {
                    ByteBuffer payload = bio.payload();
                    payload.duplicate().get(bytes, begin, payload.remaining());
                }
                case DISCARD, WRITE_ZEROES -> Arrays.fill(bytes, begin, begin + (int) bio.bytes(), (byte) 0);
                case FLUSH -> {}
            }
        }
        bio.endIo(BioStatus.OK);
    }
}
