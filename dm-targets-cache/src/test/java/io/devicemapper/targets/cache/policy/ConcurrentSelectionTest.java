package io.devicemapper.targets.cache.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.cache.HintVisitor;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.target.TargetException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ConcurrentSelectionTest {
    private static final CacheGeometry GEOMETRY = new CacheGeometry(1000, 100, 64);

    @Test
    void oneThreadLosesNothingAndKeepsItsOrderWhileTheWorkerKeepsUp() {
        Recording recording = new Recording();
        CacheSelection shared = new ConcurrentSelection(recording, e -> {});
        List<Long> noted = new ArrayList<>();
        for (long i = 0; i < 10_000; i++) {
            shared.accessed(i * 31, i % 3 == 0);
            noted.add(i * 31);
            if (i % 500 == 0) {
                shared.tick();
            }
        }
        shared.tick();
        assertEquals(noted, recording.blocks);
        assertEquals(3334, recording.writes);
    }

    @Test
    void notingNeverCallsThePolicyAndIsBounded() {
        Recording recording = new Recording();
        CacheSelection shared = new ConcurrentSelection(recording, e -> {});
        for (long i = 0; i < 100_000; i++) {
            shared.accessed(i, false);
        }
        assertEquals(List.of(), recording.blocks);
        shared.residents();
        shared.removed(7);
        assertEquals(List.of(), recording.blocks, "only the worker's calls pass on what was noted");
        shared.nextMigration(false);
        int kept = recording.blocks.size();
        assertTrue(kept >= 64 && kept <= 65_536, () -> kept + " accesses kept");
        assertEquals(LongStream.range(0, kept).boxed().toList(), recording.blocks);
        shared.accessed(100_000, false);
        shared.tick();
        assertEquals(100_000, recording.blocks.get(kept), "what was drained leaves room");
    }

    @Test
    void aThreadThatNotesDoesNotWaitForThePolicy() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Recording slow = new Recording() {
            @Override
            public void tick() {
                inside.countDown();
                try {
                    assertTrue(go.await(20, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        CacheSelection shared = new ConcurrentSelection(slow, e -> {
            throw new AssertionError(e);
        });
        Thread worker = new Thread(shared::tick);
        worker.start();
        assertTrue(inside.await(20, TimeUnit.SECONDS));
        for (int i = 0; i < 5000; i++) {
            shared.accessed(i, false);
        }
        go.countDown();
        worker.join();
        shared.nextMigration(false);
        assertEquals(0L, slow.blocks.get(0));
    }

    @Test
    void theLargestBlockNumberComesThrough() {
        Recording recording = new Recording();
        CacheSelection shared = new ConcurrentSelection(recording, e -> {});
        shared.accessed(AccessBuffers.MAX_BLOCK, true);
        shared.accessed(0, false);
        shared.tick();
        assertEquals(List.of(AccessBuffers.MAX_BLOCK, 0L), recording.blocks);
    }

    @Test
    void threadsNeverMeetInThePolicyAndNothingIsMadeUp() throws InterruptedException {
        Recording recording = new Recording();
        CacheSelection shared = new ConcurrentSelection(recording, e -> {
            throw new AssertionError(e);
        });
        int perThread = 200_000;
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 6; t++) {
            long first = (long) t * perThread;
            Thread thread = new Thread(() -> {
                for (int i = 0; i < perThread; i++) {
                    shared.accessed(first + i, false);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                shared.tick();
                Thread.onSpinWait();
            }
        }
        shared.tick();
        Map<Long, Long> lastOfThread = new HashMap<>();
        for (long block : recording.blocks) {
            long thread = block / perThread;
            Long last = lastOfThread.put(thread, block);
            assertTrue(last == null || last < block, "each thread's accesses come in order, and once");
        }
        assertEquals(6, lastOfThread.size());
    }

    @Test
    void aPolicyThatThrowsIsLeftAlone() {
        AtomicInteger told = new AtomicInteger();
        Recording broken = new Recording() {
            @Override
            public void accessed(long originBlock, boolean write) {
                super.accessed(originBlock, write);
                throw new IllegalStateException("broken");
            }
        };
        CacheSelection shared = new ConcurrentSelection(broken, e -> told.incrementAndGet());
        for (int i = 0; i < 1000; i++) {
            shared.accessed(i, false);
        }
        assertEquals(Optional.empty(), shared.nextMigration(true));
        assertEquals(0, shared.residents());
        assertThrows(TargetException.class, () -> shared.set("key", "value"));
        assertEquals(1, told.get());
        assertEquals(List.of(0L), broken.blocks);
    }

    @Test
    void aPolicyThatGivesNoAnswerIsLeftAlone() {
        AtomicInteger told = new AtomicInteger();
        Recording broken = new Recording() {
            @Override
            public Optional<Migration> nextMigration(boolean idle) {
                return null;
            }
        };
        CacheSelection shared = new ConcurrentSelection(broken, e -> told.incrementAndGet());
        assertEquals(Optional.empty(), shared.nextMigration(true));
        assertEquals(Optional.empty(), shared.nextMigration(true));
        assertEquals(1, told.get());
    }

    @Test
    void allElseIsPassedOn() throws TargetException {
        CacheSelection shared = new ConcurrentSelection(new SmqPolicy().create(GEOMETRY), e -> {
            throw new AssertionError(e);
        });
        shared.loaded(7, 63, true);
        assertEquals(1, shared.residents());
        shared.accessed(5, true);
        Migration migration = shared.nextMigration(false).orElseThrow();
        assertEquals(Migration.promote(5), migration);
        shared.migrated(migration, MigrationOutcome.DONE);
        assertEquals(2, shared.residents());
        shared.removed(7);
        Map<Long, Integer> hints = new HashMap<>();
        shared.hints(hints::put);
        assertEquals(List.of(5L), List.copyOf(hints.keySet()));
        TargetException refused = assertThrows(TargetException.class, () -> shared.set("no", "1"));
        assertTrue(refused.getMessage().contains("sequential_threshold"));
        shared.set("sequential_threshold", "9");
        assertEquals(List.of("sequential_threshold", "9"), shared.configValues());
    }

    /** Remembers what it is told, and fails if two threads call at once. */
    private static class Recording implements CacheSelection {
        final List<Long> blocks = new ArrayList<>();
        int writes;
        private final AtomicInteger inside = new AtomicInteger();

        @Override
        public void accessed(long originBlock, boolean write) {
            assertEquals(1, inside.incrementAndGet());
            blocks.add(originBlock);
            writes += write ? 1 : 0;
            inside.decrementAndGet();
        }

        @Override
        public void loaded(long originBlock, int hint, boolean hintValid) {}

        @Override
        public Optional<Migration> nextMigration(boolean idle) {
            return Optional.of(Migration.promote(1));
        }

        @Override
        public void migrated(Migration migration, MigrationOutcome outcome) {}

        @Override
        public void removed(long originBlock) {}

        @Override
        public int residents() {
            return 1;
        }

        @Override
        public void hints(HintVisitor visitor) {}
    }
}
