package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class PollingTest {
    private static final long LOOK_NANOS = 1_000;

    private long nanos;
    private int looks;
    private final Polling polling = new Polling(() -> nanos);

    /** A request of 28 bytes that comes so long after the reply to the last one. */
    private long pollFor(long arrivesAfterNanos) throws IOException {
        long arrivesAt = nanos + arrivesAfterNanos;
        return polling.pollIfItPays(() -> {
            looks++;
            nanos += LOOK_NANOS;
            return nanos >= arrivesAt ? 28 : 0;
        });
    }

    /** @return whether it looked at all */
    private boolean pollInVain() throws IOException {
        int before = looks;
        assertEquals(0, pollFor(Long.MAX_VALUE / 2));
        return looks > before;
    }

    private void assertNoPoll(int requests) throws IOException {
        int before = looks;
        for (int i = 0; i < requests; i++) {
            assertEquals(0, pollFor(0));
        }
        assertEquals(before, looks);
    }

    @Test
    void findsWhatComesSoon() throws IOException {
        for (int i = 0; i < 1_000; i++) {
            assertEquals(28, pollFor(20_000));
        }
    }

    @Test
    void looksNoLongerThanAMoment() throws IOException {
        assertTrue(pollInVain());
        assertEquals(Polling.LONGEST_NANOS, nanos);
    }

    @Test
    void isNotPutOffByAMissNowAndThen() throws IOException {
        for (int i = 0; i < 100; i++) {
            for (int hits = 0; hits < Polling.HITS_PER_MISS; hits++) {
                assertEquals(28, pollFor(20_000));
            }
            assertTrue(pollInVain());
        }
    }

    @Test
    void attemptsInVainBecomeRare() throws IOException {
        int interval = Polling.SHORTEST_INTERVAL_REQUESTS;
        for (int i = 0; i < 12; i++) {
            for (int misses = 0; misses < Polling.MISSES_PER_ATTEMPT; misses++) {
                assertTrue(pollInVain());
            }
            assertNoPoll(interval - 1);
            interval = Math.min(2 * interval, Polling.LONGEST_INTERVAL_REQUESTS);
        }
    }

    @Test
    void anAttemptThatGoesWellIsFollowedByTheNextOneSoon() throws IOException {
        attemptsInVainBecomeRare();
        for (int i = 0; i < 2 * Polling.HITS_PER_MISS; i++) {
            assertEquals(28, pollFor(20_000));
        }
        for (int misses = 0; misses <= Polling.MISSES_PER_ATTEMPT; misses++) {
            assertTrue(pollInVain());
        }
        assertNoPoll(Polling.SHORTEST_INTERVAL_REQUESTS - 1);
        assertTrue(pollInVain());
    }

    @Test
    void passesOnTheEndOfTheStreamAndErrors() throws IOException {
        assertEquals(-1, polling.pollIfItPays(() -> -1));
        assertThrows(
                IOException.class,
                () -> polling.pollIfItPays(() -> {
                    throw new IOException("reset");
                }));
    }
}
