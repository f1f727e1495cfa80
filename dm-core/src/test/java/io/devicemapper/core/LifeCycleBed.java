package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A device mapper with two scripted targets and two disks in memory, and what tests of its operations need. */
abstract class LifeCycleBed {
    final MemoryDevice a = new MemoryDevice("a", 1000);
    final MemoryDevice b = new MemoryDevice("b", 1000);
    final ScriptedTarget one = new ScriptedTarget("one");
    final ScriptedTarget two = new ScriptedTarget("two");
    DeviceMapper dm;

    @BeforeEach
    void open() {
        dm = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(one)
                .targetType(two)
                .targetType(new ErrorTarget())
                .device("a", a)
                .device("b", b)
                .build();
    }

    @AfterEach
    void close() throws DmException {
        Thread.interrupted();
        a.release();
        dm.close();
        for (ScriptedTarget type : List.of(one, two)) {
            assertEquals(
                    type.life().stream().filter("ctr"::equals).count(),
                    type.life().stream().filter("dtr"::equals).count(),
                    type.name());
        }
    }

    DmException fails(DmError error, String message, Control operation) {
        DmException failed = assertThrows(DmException.class, operation::run);
        assertEquals(message, failed.getMessage());
        assertEquals(error, failed.error());
        return failed;
    }

    interface Control {
        void run() throws Exception;
    }

    List<BioStatus> read(MappedDevice device, long sector) {
        List<BioStatus> answers = new CopyOnWriteArrayList<>();
        device.submit(Bio.read(sector, ByteBuffer.allocate(512), (bio, status) -> answers.add(status)));
        return answers;
    }

    /** A thread that suspends a device, and by now waits for bios under way. */
    Thread suspending(String name) {
        Thread suspender = new Thread(() -> {
            try {
                dm.suspend(name);
            } catch (DmException e) {
                throw new AssertionError(e);
            }
        });
        suspender.start();
        awaitWaiting(suspender);
        return suspender;
    }

    static void awaitWaiting(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            assertTrue(thread.isAlive(), "it ended");
            Thread.onSpinWait();
        }
    }

    static void awaitSize(List<?> answers) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (answers.isEmpty() && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }
}
