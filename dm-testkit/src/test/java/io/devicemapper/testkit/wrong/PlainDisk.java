package io.devicemapper.testkit.wrong;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.testkit.DeviceRequest;
import io.devicemapper.testkit.PowerCutDevice;
import java.io.IOException;

/** A device that is right, on a disk of the kit; the wrong ones are made from it. */
public class PlainDisk extends BlockDevice {
    private final DeviceRequest request;
    private final PowerCutDevice disk;
    private volatile boolean closed;

    public PlainDisk(DeviceRequest request) {
        this.request = request;
        this.disk = request.disk(request.name(), request.sectors());
    }

    @Override
    public String name() {
        return request.name();
    }

    @Override
    public long sectors() {
        return request.sectors();
    }

    @Override
    public QueueLimits limits() {
        return PowerCutDevice.LIMITS;
    }

    @Override
    public boolean isReadOnly() {
        return request.readOnly();
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
        if (closed) {
            afterClose(bio);
        } else {
            carryOut(bio);
        }
    }

    void carryOut(Bio bio) {
        carryOut(bio, bio.flags(), bio.sector(), bio.sectors());
    }

    /** Carries a bio out with other flags, or somewhere else. */
    final void carryOut(Bio bio, int flags, long sector, long sectors) {
        disk.submit(Bio.of(bio.op(), flags, sector, sectors, bio.payload(), (b, status) -> end(bio, status)));
    }

    void end(Bio bio, BioStatus status) {
        bio.endIo(status);
    }

    void afterClose(Bio bio) {
        bio.endIo(BioStatus.IO);
    }

    final PowerCutDevice disk() {
        return disk;
    }

    final DeviceRequest request() {
        return request;
    }

    @Override
    public void extents(long sector, long sectors, ExtentVisitor visitor) throws IOException {
        disk.extents(sector, sectors, visitor);
    }

    @Override
    public void close() throws IOException {
        closed = true;
    }
}
