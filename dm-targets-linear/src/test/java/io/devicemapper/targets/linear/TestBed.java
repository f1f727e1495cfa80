package io.devicemapper.targets.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.TargetView;
import io.devicemapper.core.device.RamDevice;
import io.devicemapper.target.StatusType;
import io.devicemapper.testkit.FaultDevice;
import io.devicemapper.testkit.LimitsDevice;
import io.devicemapper.testkit.RecordingDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A device mapper over RAM disks that record what comes, fail on demand, and have a volatile cache, so that flushes come too. */
final class TestBed implements AutoCloseable {
    private final Map<String, RecordingDevice> disks = new LinkedHashMap<>();
    private final Map<String, FaultDevice> faults = new LinkedHashMap<>();
    private DeviceMapper deviceMapper;

    /** Adds a disk, before the first table. */
    TestBed disk(String name, long sectors, int logicalBlockSize) {
        BlockDevice ram = RamDevice.create(name, sectors * Bio.SECTOR_SIZE);
        QueueLimits limits = ram.limits().toBuilder()
                .logicalBlockSize(logicalBlockSize)
                .writeCache(true)
                .build();
        FaultDevice fault = new FaultDevice(new LimitsDevice(ram, limits));
        faults.put(name, fault);
        disks.put(name, new RecordingDevice(fault));
        return this;
    }

    TestBed disk(String name, long sectors) {
        return disk(name, sectors, Bio.SECTOR_SIZE);
    }

    DeviceMapper deviceMapper() {
        if (deviceMapper == null) {
            DeviceMapper.Builder builder = DeviceMapper.builder();
            disks.forEach(builder::device);
            deviceMapper = builder.build();
        }
        return deviceMapper;
    }

    MappedDevice create(String table) throws DmException {
        return deviceMapper().create("test", table);
    }

    /** The reason for which a table of one line is refused. */
    String refusal(String table) {
        String message = assertThrows(DmException.class, () -> create(table)).getMessage();
        String where = "test: table line 1: ";
        assertEquals(where, message.substring(0, Math.min(where.length(), message.length())), message);
        return message.substring(where.length());
    }

    RecordingDevice disk(String name) {
        return disks.get(name);
    }

    FaultDevice faults(String name) {
        return faults.get(name);
    }

    @Override
    public void close() throws DmException {
        deviceMapper().close();
    }

    static TargetView onlyTarget(MappedDevice device) {
        List<? extends TargetView> targets = device.liveTable().orElseThrow().targets();
        assertEquals(1, targets.size());
        return targets.get(0);
    }

    static String info(MappedDevice device) {
        return onlyTarget(device).status(StatusType.INFO);
    }

    static String table(MappedDevice device) {
        return onlyTarget(device).status(StatusType.TABLE);
    }

    static BioStatus submit(BlockDevice device, BioOp op, long sector, long sectors) {
        return submit(device, op, BioFlags.NONE, sector, sectors);
    }

    /** Submits a bio that ends at once, as all do over RAM disks. */
    static BioStatus submit(BlockDevice device, BioOp op, int flags, long sector, long sectors) {
        ByteBuffer payload = op.hasPayload() ? ByteBuffer.allocate(Math.toIntExact(sectors * Bio.SECTOR_SIZE)) : null;
        List<BioStatus> ended = new ArrayList<>();
        device.submit(Bio.of(op, flags, sector, sectors, payload, (bio, status) -> ended.add(status)));
        assertEquals(1, ended.size(), "a bio completes exactly once");
        return ended.get(0);
    }

    static BioStatus flush(BlockDevice device) {
        return submit(device, BioOp.FLUSH, 0, 0);
    }

    /** The extents of a range, each as {@code SECTOR+SECTORS TYPE}. */
    static List<String> extents(BlockDevice device, long sector, long sectors) throws IOException {
        List<String> found = new ArrayList<>();
        device.extents(sector, sectors, (at, length, type) -> found.add(extent(at, length, type)));
        return found;
    }

    private static String extent(long sector, long sectors, ExtentType type) {
        return sector + "+" + sectors + " " + type;
    }
}
