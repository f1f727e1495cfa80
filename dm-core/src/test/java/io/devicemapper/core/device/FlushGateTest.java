package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FlushGateTest {
    @Test
    void everyFlushSyncsWhenNobodyElseDoes() throws Exception {
        AtomicInteger syncs = new AtomicInteger();
        FlushGate gate = new FlushGate(syncs::incrementAndGet);
        gate.flush();
        gate.flush();
        assertEquals(2, syncs.get());
        gate.check();
    }

    @Test
    void afterOneFailureEveryFlushFails() throws Exception {
        IOException lost = new IOException("disk gone");
        AtomicInteger syncs = new AtomicInteger();
        FlushGate gate = new FlushGate(() -> {
            if (syncs.incrementAndGet() == 2) {
                throw lost;
            }
        });
        gate.flush();
        gate.check();
        assertSame(lost, assertThrows(IOException.class, gate::flush));
        for (int i = 0; i < 3; i++) {
            IOException later = assertThrows(IOException.class, gate::flush);
            assertTrue(later.getMessage().endsWith("may be lost: disk gone"), later::getMessage);
        }
        assertThrows(IOException.class, gate::check);
        assertEquals(2, syncs.get(), "a sync after a failed one could only pretend");
    }

    /** Linux tells one caller alone; the second must not be told by the kernel that all is well. */
    @Test
    void flushBesideAFailingOneFailsToo() throws Exception {
        CountDownLatch inSync = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger syncs = new AtomicInteger();
        FlushGate gate = new FlushGate(() -> {
            if (syncs.incrementAndGet() == 1) {
                inSync.countDown();
                await(goOn);
                throw new IOException("disk gone");
            }
        });
        FutureTask<Void> first = start(gate);
        inSync.await();
        FutureTask<Void> second = start(gate);
        goOn.countDown();
        assertThrows(ExecutionException.class, () -> first.get(30, TimeUnit.SECONDS));
        assertThrows(ExecutionException.class, () -> second.get(30, TimeUnit.SECONDS));
        assertEquals(1, syncs.get());
    }

    @Test
    void flushesThatWaitShareOneSyncThatBeginsAfterThem() throws Exception {
        int waiting = 5;
        CountDownLatch inSync = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger syncs = new AtomicInteger();
        FlushGate gate = new FlushGate(() -> {
            if (syncs.incrementAndGet() == 1) {
                inSync.countDown();
                await(goOn);
            }
        });
        FutureTask<Void> first = start(gate);
        inSync.await();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < waiting; i++) {
            Thread thread = new Thread(() -> {
                try {
                    gate.flush();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            while (thread.getState() != Thread.State.WAITING) {
                assertTrue(thread.isAlive(), "ended on a sync that began before it");
                Thread.onSpinWait();
            }
        }
        goOn.countDown();
        first.get(30, TimeUnit.SECONDS);
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(2, syncs.get());
    }

    private static FutureTask<Void> start(FlushGate gate) {
        FutureTask<Void> task = new FutureTask<>(() -> {
            gate.flush();
            return null;
        });
        new Thread(task).start();
        return task;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
