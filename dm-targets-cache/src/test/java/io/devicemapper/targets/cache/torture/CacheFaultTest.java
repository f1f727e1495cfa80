package io.devicemapper.targets.cache.torture;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One device of a cache fails at its n-th bio, for every n of a history: see {@link FaultRun}. */
@Timeout(1800)
class CacheFaultTest {
    private static final int MAX_BIOS = 5000;

    /** In CI every so many-th bio, from another one on each time; in the soak every one. */
    private static final int STRIDE = Soak.times(4, 1);

    private static final int THREADS = 3;

    private final long seed = Soak.seed();

    @ParameterizedTest
    @EnumSource(FaultRun.Victim.class)
    void noByteIsLostWhereADeviceFails(FaultRun.Victim victim) throws Exception {
        for (FaultRun.Kind kind : FaultRun.Kind.values()) {
            failAtEvery(victim, kind);
        }
    }

    private void failAtEvery(FaultRun.Victim victim, FaultRun.Kind kind) throws Exception {
        CacheBed.Setup setup =
                CacheBed.Setup.of(seed).withFeatures(seed % 2 == 0 ? "1 writethrough" : "2 metadata2 writethrough");
        AtomicLong next = new AtomicLong(1 + Math.floorMod(seed >>> 8, (long) STRIDE));
        List<Throwable> failures = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> {
                try {
                    boolean struck = true;
                    while (struck) {
                        long bio = next.getAndAdd(STRIDE);
                        struck = FaultRun.run(new RealCache(), setup, victim, kind, bio);
                        assertTrue(bio < MAX_BIOS, "a history has an end");
                    }
                } catch (Exception | AssertionError e) {
                    next.set(MAX_BIOS);
                    synchronized (failures) {
                        failures.add(e);
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.get(0).getMessage(), failures.get(0));
        }
    }
}
