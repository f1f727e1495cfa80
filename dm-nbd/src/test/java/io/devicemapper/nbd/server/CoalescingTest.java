package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CoalescingTest {
    private long pauseNanos = 50_000;
    private int pauses;
    private final Coalescing coalescing = new Coalescing(() -> {
        pauses++;
        return pauseNanos;
    });

    /** A read that brought so many requests of 4 KiB. */
    private boolean read(int requests) {
        return coalescing.pauseIfItPays(requests, requests * 4096L);
    }

    private void readUntilAttempt() {
        readUntilAttempt(Coalescing.SHORTEST_INTERVAL_REQUESTS);
    }

    private void readUntilAttempt(int intervalRequests) {
        for (int requests = 2; requests < intervalRequests; requests += 2) {
            assertFalse(read(2), "after " + requests + " requests");
        }
        assertTrue(read(2));
    }

    @Test
    void oneRequestAtATimeIsNeverMadeToWait() {
        for (int i = 0; i < 10 * Coalescing.SHORTEST_INTERVAL_REQUESTS; i++) {
            assertFalse(read(1));
        }
        assertEquals(0, pauses);
    }

    @Test
    void pausesAsLongAsEnoughRequestsCome() {
        readUntilAttempt();
        for (int i = 0; i < 100; i++) {
            assertTrue(read(Coalescing.ENOUGH_REQUESTS));
        }
        assertFalse(read(Coalescing.ENOUGH_REQUESTS - 1));
        readUntilAttempt();
    }

    @Test
    void attemptsInVainBecomeRare() {
        int interval = Coalescing.SHORTEST_INTERVAL_REQUESTS;
        for (int i = 0; i < 10; i++) {
            readUntilAttempt(interval);
            assertFalse(read(0));
            interval = Math.min(2 * interval, Coalescing.LONGEST_INTERVAL_REQUESTS);
        }
        readUntilAttempt(interval);
        assertTrue(read(Coalescing.ENOUGH_REQUESTS));
        assertFalse(read(0));
        readUntilAttempt();
    }

    @Test
    void nothingAfterAPauseEndsIt() {
        readUntilAttempt();
        assertFalse(read(0));
    }

    @Test
    void longRequestsAreNotMadeToWait() {
        readUntilAttempt();
        assertTrue(read(16));
        assertFalse(coalescing.pauseIfItPays(16, 16L * 131072));
        for (int i = 0; i < Coalescing.SHORTEST_INTERVAL_REQUESTS; i++) {
            assertFalse(coalescing.pauseIfItPays(16, 16L * 131072));
        }
    }

    @Test
    void pausesThatAreFarTooLongEnd() {
        readUntilAttempt();
        assertTrue(read(64));
        pauseNanos = Coalescing.LONGEST_PAUSE_NANOS + 1;
        assertTrue(read(64));
        assertFalse(read(64));
    }
}
