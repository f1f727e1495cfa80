package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.Doubt;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said of a write that failed and may still be carried out, and how that reaches whoever submitted it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DoubtTest {
    private static Bio write(int sectors) {
        return Bio.write(0, 0, ByteBuffer.allocate(sectors * 512), (bio, status) -> {});
    }

    @Test
    void listenersAreToldOnceWheneverTheyCome() {
        Doubt doubt = new Doubt();
        List<String> told = new ArrayList<>();
        doubt.whenOver(() -> told.add("early"));
        assertFalse(doubt.isOver());
        assertEquals(List.of(), told);
        doubt.end();
        doubt.end();
        assertTrue(doubt.isOver());
        doubt.whenOver(() -> told.add("late"));
        assertEquals(List.of("early", "late"), told);
    }

    @Test
    void aListenerThatComesWhileTheDoubtEndsIsToldOnce() throws Exception {
        for (int round = 0; round < 1000; round++) {
            Doubt doubt = new Doubt();
            AtomicInteger told = new AtomicInteger();
            CountDownLatch start = new CountDownLatch(1);
            Thread listener = new Thread(() -> {
                start.countDown();
                doubt.whenOver(told::incrementAndGet);
            });
            listener.start();
            start.await();
            doubt.end();
            listener.join();
            assertEquals(1, told.get());
        }
    }

    @Test
    void ofSeveralDoubtsTheLastOneCountsInWhateverOrderTheyEnd() {
        Random random = new Random(7);
        for (int round = 0; round < 100; round++) {
            List<Doubt> causes = new ArrayList<>(List.of(new Doubt(), new Doubt(), new Doubt()));
            Bio bio = write(1);
            assertNull(bio.doubt());
            for (Doubt cause : causes) {
                bio.leaveInDoubt(cause);
                bio.leaveInDoubt(cause);
            }
            Collections.shuffle(causes, random);
            for (Doubt cause : causes) {
                assertFalse(bio.doubt().isOver());
                cause.end();
            }
            assertTrue(bio.doubt().isOver());
        }
    }

    @Test
    void theOnlyDoubtIsTheBiosOwn() {
        Doubt cause = new Doubt();
        Bio bio = write(1);
        bio.leaveInDoubt(cause);
        bio.leaveInDoubt(cause);
        assertSame(cause, bio.doubt());
    }

    @Test
    void theDoubtOfAnyPieceReachesWhoeverSubmittedTheBio() throws Exception {
        Doubt cause = new Doubt();
        ScriptedTarget halves = new ScriptedTarget("halves");
        halves.settings = ti -> ti.maxIoLen(4);
        halves.map = (ti, bio) -> {
            if (bio.sector() != 4) {
                return bio.complete(BioStatus.OK);
            }
            bio.leaveInDoubt(cause);
            return bio.complete(BioStatus.TRANSPORT);
        };
        try (DeviceMapper dm = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(halves)
                .targetType(new ScriptedTarget("over"))
                .device("disk", new MemoryDevice("disk", 100))
                .build()) {
            dm.create("lower", "0 16 halves disk 0");
            MappedDevice upper = dm.create("upper", "0 16 over /dev/mapper/lower 0");
            AtomicReference<BioStatus> answer = new AtomicReference<>();
            Bio bio = Bio.write(0, 0, ByteBuffer.allocate(16 * 512), (b, status) -> answer.set(status));
            upper.submit(bio);
            assertEquals(BioStatus.TRANSPORT, answer.get());
            assertSame(cause, bio.doubt());
        }
    }
}
