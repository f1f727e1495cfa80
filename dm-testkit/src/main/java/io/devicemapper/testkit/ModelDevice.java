package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import java.util.Objects;

/**
 * A device that does to a {@link DeviceModel} what it is asked to, at once and without a cache: every write is durable. Discarded
 * sectors read as zeroes. Safe for use by several threads.
 */
public final class ModelDevice extends BlockDevice {
    /** All operations, of any length, in sectors of 512 bytes; no volatile cache. */
    public static final QueueLimits LIMITS = QueueLimits.builder()
            .maxDiscardSectors(QueueLimits.UNLIMITED)
            .maxWriteZeroesSectors(QueueLimits.UNLIMITED)
            .fastZeroes(true)
            .fua(true)
            .build();

    private final String name;
    private final DeviceModel model;
    private final QueueLimits limits;

    /**
     * A device over a model.
     *
     * @param name the device's name, for messages
     * @param model what it reads and changes
     * @param limits what it can do
     */
    public ModelDevice(String name, DeviceModel model, QueueLimits limits) {
        this.name = Objects.requireNonNull(name, "name");
        this.model = Objects.requireNonNull(model, "model");
        this.limits = Objects.requireNonNull(limits, "limits");
    }

    /** A device full of zeroes with {@link #LIMITS}. */
    public static ModelDevice create(String name, long sectors) {
        return new ModelDevice(name, new DeviceModel(sectors), LIMITS);
    }

    /** What it holds. */
    public DeviceModel model() {
        return model;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long sectors() {
        return model.sectors();
    }

    @Override
    public QueueLimits limits() {
        return limits;
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
        if (!accept(bio)) {
            return;
        }
        switch (bio.op()) {
            case READ -> model.read(bio.sector(), bio.payload());
            case WRITE -> model.write(bio.sector(), bio.payload());
            case DISCARD, WRITE_ZEROES -> model.zero(bio.sector(), bio.sectors());
            case FLUSH -> {
                // Nothing waits to become durable.
            }
        }
        bio.endIo(BioStatus.OK);
    }

    @Override
    public void extents(long sector, long sectors, ExtentVisitor visitor) {
        model.extents(sector, sectors, visitor);
    }
}
