package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A device mapper with one scripted target and two disks in memory, for tests of what happens to bios. */
abstract class BioPathBed {
    final MemoryDevice a = new MemoryDevice("a", 1000);
    final MemoryDevice b = new MemoryDevice("b", 1000);
    final ScriptedTarget target = new ScriptedTarget("map");
    DeviceMapper dm;

    @BeforeEach
    void open() {
        dm = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(target)
                .device("a", a)
                .device("b", b)
                .build();
    }

    @AfterEach
    void close() throws DmException {
        dm.close();
        assertEquals(
                target.life().stream().filter("ctr"::equals).count(),
                target.life().stream().filter("dtr"::equals).count());
    }

    /** Submits a bio and waits for its end. */
    static BioStatus status(MappedDevice device, BioOp op, int flags, long sector, long sectors) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        List<BioStatus> answers = new ArrayList<>();
        ByteBuffer payload = op.hasPayload() ? ByteBuffer.allocate((int) sectors * 512) : null;
        device.submit(Bio.of(op, flags, sector, sectors, payload, (bio, status) -> {
            answers.add(status);
            done.countDown();
        }));
        assertTrue(done.await(20, TimeUnit.SECONDS), "the bio never ended");
        return answers.get(0);
    }

    static ByteBuffer pattern(int sectors, int seed) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(sectors * 512);
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.put(i, (byte) (i * 31 + (i >> 9) + seed));
        }
        return buffer;
    }
}
