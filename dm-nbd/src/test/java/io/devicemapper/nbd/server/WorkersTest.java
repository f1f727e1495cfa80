package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WorkersTest {
    @Test
    void queuesTakeTurns() throws Exception {
        Workers workers = new Workers("test", 1);
        Semaphore go = new Semaphore(0);
        List<String> order = new CopyOnWriteArrayList<>();
        CountDownLatch done = new CountDownLatch(7);
        Workers.Queue gate = new Workers.Queue();
        workers.execute(gate, go::acquireUninterruptibly);
        Workers.Queue many = new Workers.Queue();
        Workers.Queue few = new Workers.Queue();
        for (int i = 0; i < 5; i++) {
            String name = "many" + i;
            workers.execute(many, () -> {
                order.add(name);
                done.countDown();
            });
        }
        for (int i = 0; i < 2; i++) {
            String name = "few" + i;
            workers.execute(few, () -> {
                order.add(name);
                done.countDown();
            });
        }
        go.release();
        done.await();
        assertEquals(List.of("many0", "few0", "many1", "few1", "many2", "many3", "many4"), order);
    }

    @Test
    void workRunsSideBySideUpToTheBound() throws Exception {
        Workers workers = new Workers("test", 4);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch four = new CountDownLatch(4);
        CountDownLatch done = new CountDownLatch(100);
        Workers.Queue queue = new Workers.Queue();
        for (int i = 0; i < 100; i++) {
            workers.execute(queue, () -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                four.countDown();
                try {
                    four.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                running.decrementAndGet();
                done.countDown();
            });
        }
        done.await();
        assertEquals(4, most.get());
    }

    /** Work that throws, or leaves an interrupt behind, costs no worker. */
    @Test
    void workersSurviveTheirWork() throws Exception {
        Logger log = Logger.getLogger(Workers.class.getName());
        log.setLevel(Level.OFF);
        Workers workers = new Workers("test", 1);
        Workers.Queue queue = new Workers.Queue();
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 100; i++) {
            CountDownLatch done = new CountDownLatch(1);
            workers.execute(queue, () -> {
                ran.incrementAndGet();
                Thread.currentThread().interrupt();
                done.countDown();
                throw new IllegalStateException("a mistake");
            });
            done.await();
        }
        assertEquals(100, ran.get());
        log.setLevel(null);
    }
}
