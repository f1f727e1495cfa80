package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Devices that tables name: each opened once, and closed when the last table that uses it is gone. */
class LowerDevicesTest {
    private final CountingProvider provider = new CountingProvider();
    private final ScriptedTarget target = new ScriptedTarget("map");
    private final DeviceMapper dm = DeviceMapper.builder()
            .serviceLoader(false)
            .targetType(target)
            .provider(provider)
            .build();

    @AfterEach
    void close() throws DmException {
        dm.close();
        assertEquals(Set.of(), provider.open.keySet());
        assertEquals(List.of(), List.copyOf(provider.breaches));
        assertEquals(provider.opened.get(), provider.closed.get());
    }

    /** Knows {@code cnt:NAME} and, for the same device, {@code cnt:NAME?alias}; checks that the host keeps to the rules. */
    private static final class CountingProvider extends PlainDevice.Provider {
        final Map<String, Boolean> open = new ConcurrentHashMap<>();
        final ConcurrentLinkedQueue<String> breaches = new ConcurrentLinkedQueue<>();
        final AtomicInteger opened = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();
        volatile boolean failing;

        CountingProvider() {
            super("cnt");
        }

        @Override
        public String identity(String name, OpenContext context) throws IOException {
            if (name.contains("unheard-of")) {
                throw new IOException(name + ": no such device");
            }
            return name.contains("anonymous") ? null : name.replace("?alias", "");
        }

        @Override
        public BlockDevice open(String name, OpenContext context) throws IOException {
            if (name.contains("null")) {
                return null;
            }
            if (name.contains("throws")) {
                throw new AssertionError("on purpose");
            }
            String key = identity(name, context) + context.readOnly();
            if (open.put(key, true) != null) {
                breaches.add(key + " opened while it is open");
            }
            Thread.onSpinWait();
            if (failing && Math.floorMod(opened.get() + System.nanoTime(), 3) == 0) {
                open.remove(key);
                throw new IOException(name + ": failed on purpose");
            }
            opened.getAndIncrement();
            return new Device(name, key);
        }

        private final class Device extends PlainDevice {
            private final String key;

            Device(String name, String key) {
                super(name, 100);
                this.key = key;
            }

            @Override
            public boolean mayWait() {
                if (name().contains("nobody-knows")) {
                    throw new IllegalStateException("no answer");
                }
                return false;
            }

            @Override
            public QueueLimits limits() {
                return name().contains("limitless") ? null : super.limits();
            }

            @Override
            protected void process(Bio bio) {
                bio.endIo(open.containsKey(key) ? BioStatus.OK : BioStatus.IO);
            }

            @Override
            public void close() throws IOException {
                if (open.remove(key) == null) {
                    breaches.add(key + " closed twice");
                }
                closed.getAndIncrement();
                if (name().contains("badclose")) {
                    throw new IOException("close failed on purpose");
                }
            }
        }
    }

    @Test
    void oneOpeningServesAllTablesHoweverTheyWriteTheName() throws Exception {
        dm.create("x", "0 8 map cnt:a 0\n8 8 map cnt:a?alias 8");
        dm.create("y", "0 8 map cnt:a 0");
        assertEquals(1, provider.opened.get());
        dm.create(CreateRequest.named("z").readOnly(true).table("0 8 map cnt:a 0"));
        assertEquals(2, provider.opened.get(), "one more, for reading alone");
        dm.remove("x");
        dm.remove("z");
        assertEquals(1, provider.closed.get());
        dm.load("y", "0 8 map cnt:b 0");
        dm.clear("y");
        assertEquals(2, provider.closed.get());
        dm.load("y", "0 8 map cnt:b 0");
        dm.resume("y");
        assertEquals(Set.of("cnt:bfalse"), provider.open.keySet());
    }

    @Test
    void aTableThatIsRefusedGivesItsDevicesBack() {
        assertThrows(DmException.class, () -> dm.create("x", "0 8 map cnt:a 0\n8 8 map cnt:b 0\n16 8 map cnt:b"));
        assertEquals(2, provider.closed.get());
        for (String[] refusal : new String[][] {
            {"cnt:unheard-of", "cnt:unheard-of: no such device"},
            {"cnt:null", "'cnt:null': provider cnt opened no device"},
            {"cnt:anonymous", "'cnt:anonymous': provider cnt tells no identity"},
            {"cnt:limitless", "'cnt:limitless': the device tells no size, or no limits"},
            {"cnt:nobody-knows", "'cnt:nobody-knows': java.lang.IllegalStateException: no answer"},
            {"cnt:throws", "'cnt:throws': java.lang.AssertionError: on purpose"},
            {"CNT:throws", "'CNT:throws': java.lang.AssertionError: on purpose"},
        }) {
            DmException refused = assertThrows(DmException.class, () -> dm.create("x", "0 8 map " + refusal[0] + " 0"));
            assertEquals(
                    "x: table line 1: map: Device lookup failed (argument 1 <dev>: " + refusal[1] + ")",
                    refused.getMessage());
        }
        assertEquals(provider.opened.get(), provider.closed.get());
        DmException unknown = assertThrows(DmException.class, () -> dm.create("x", "0 8 map ctn:a 0"));
        assertTrue(
                unknown.getMessage()
                        .endsWith("unknown scheme 'ctn', known: cnt; a file is named by its path or file:PATH)"),
                unknown.getMessage());
    }

    @Test
    void aDeviceThatFailsToCloseIsGoneAllTheSame() throws Exception {
        dm.create("x", "0 8 map cnt:badclose 0\n8 8 map cnt:a 0");
        dm.remove("x");
        assertEquals(2, provider.closed.get());
        dm.create("x", "0 8 map cnt:badclose 0");
        assertEquals(3, provider.opened.get());
    }

    @Test
    void racesOfOpeningClosingAndFailingLeaveNothingOpen() throws Exception {
        long seed = System.nanoTime();
        System.out.println("LowerDevicesTest seed " + seed);
        provider.failing = true;
        int rounds = Boolean.getBoolean("dm.soak") ? 20_000 : 500;
        CountDownLatch start = new CountDownLatch(1);
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String name = "d" + i;
            SplittableRandom random = new SplittableRandom(seed + i);
            threads.add(new Thread(() -> {
                try {
                    start.await();
                    for (int round = 0; round < rounds; round++) {
                        try {
                            dm.create(
                                    name,
                                    "0 8 map cnt:" + random.nextInt(2) + " 0\n8 8 map cnt:" + random.nextInt(2) + " 0");
                            BioStatus[] answer = new BioStatus[1];
                            dm.device(name)
                                    .orElseThrow()
                                    .submit(Bio.read(
                                            3, ByteBuffer.allocate(8 * 512), (bio, status) -> answer[0] = status));
                            assertEquals(BioStatus.OK, answer[0]);
                            dm.remove(name);
                        } catch (DmException e) {
                            assertTrue(e.getMessage().contains("failed on purpose"), e.getMessage());
                        }
                    }
                } catch (Throwable t) {
                    failures.add(t);
                }
            }));
        }
        threads.forEach(Thread::start);
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    @Test
    void aMappedDeviceOfAnotherDeviceMapperIsHeldByTheTablesThatUseIt() throws Exception {
        MappedDevice lower = dm.create("lower", "0 8 map cnt:disk 0");
        try (DeviceMapper above = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(new ScriptedTarget("map"))
                .device("below", lower)
                .build()) {
            above.create("upper", "0 8 map below 0");
            assertEquals(List.of("mapped device upper"), lower.holders());
            assertThrows(DmException.class, () -> dm.remove("lower"));
        }
        assertEquals(List.of(), lower.holders());
        dm.remove("lower");
    }
}
