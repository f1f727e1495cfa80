package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A device that does to a {@link DeviceModel} what it is asked to, at once and without a cache: every write is durable. Discarded
 * sectors read as zeroes. Safe for use by several threads.
 */
public final class ModelDevice extends PlainDevice {
    /** All operations, of any length, in sectors of 512 bytes; no volatile cache. */
    public static final QueueLimits LIMITS = QueueLimits.builder()
            .maxDiscardSectors(QueueLimits.UNLIMITED)
            .maxWriteZeroesSectors(QueueLimits.UNLIMITED)
            .fastZeroes(true)
            .fua(true)
            .build();

    private final DeviceModel model;

    /**
     * A device over a model.
     *
     * @param name the device's name, for messages
     * @param model what it reads and changes
     * @param limits what it can do
     */
    public ModelDevice(String name, DeviceModel model, QueueLimits limits) {
        super(name, model, limits);
        this.model = model;
    }

    /** A device full of zeroes with {@link #LIMITS}. */
    public static ModelDevice create(String name, long sectors) {
        return new ModelDevice(name, new DeviceModel(sectors), LIMITS);
    }

    /**
     * A device with the content of a file, and of its size.
     *
     * @param file a multiple of 512 bytes long
     */
    public static ModelDevice ofFile(String name, Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        ModelDevice device = create(name, content.length / Bio.SECTOR_SIZE);
        device.model.write(0, ByteBuffer.wrap(content));
        return device;
    }

    /** Writes all that it holds to a file, for programs that cannot read a device of ours. Returns the file. */
    public Path writeTo(Path file) throws IOException {
        byte[] content = new byte[Math.toIntExact(sectors() * Bio.SECTOR_SIZE)];
        model.read(0, ByteBuffer.wrap(content));
        return Files.write(file, content);
    }

    /** What it holds. */
    public DeviceModel model() {
        return model;
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
