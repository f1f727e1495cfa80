package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoalescingTest {
    private static final int REQUEST_BYTES = 4096;
    private static final int SERVER_NANOS = 2_500;
    private static final int SHORT_PAUSE_NANOS = 30_000;
    private static final int LONG_PAUSE_NANOS = 80_000;

    private long nanos;
    private long slownessNanos;
    private int shortPauses;
    private int longPauses;
    private final Coalescing coalescing = new Coalescing(
            () -> nanos,
            () -> {
                shortPauses++;
                nanos += SHORT_PAUSE_NANOS + slownessNanos;
            },
            () -> {
                longPauses++;
                nanos += LONG_PAUSE_NANOS + slownessNanos;
            });

    /** A read brought so many requests of 4 KiB, which have been carried out. */
    private boolean read(int requests) {
        nanos += (long) requests * SERVER_NANOS;
        return coalescing.pauseIfItPays(requests, (long) requests * REQUEST_BYTES);
    }

    private int pauses() {
        return shortPauses + longPauses;
    }

    /** Each of so many reads brings the same; the number of pauses. */
    private int readAgain(int requests, int reads) {
        int before = pauses();
        for (int i = 0; i < reads; i++) {
            read(requests);
        }
        return pauses() - before;
    }

    /** Goes on without a pause up to the next attempt. */
    private void readUntilAttempt(int intervalRequests) {
        for (int requests = 2; requests < intervalRequests; requests += 2) {
            assertFalse(read(2), "after " + requests + " requests");
        }
        assertTrue(read(2));
    }

    private void readUntilShortPausesPay() {
        readUntilAttempt(Coalescing.SHORTEST_INTERVAL_REQUESTS);
        assertFalse(read(4), "it looks what comes while four are carried out");
        assertTrue(read(2));
        assertEquals(2, shortPauses);
        assertEquals(0, longPauses);
    }

    @Test
    void oneRequestAtATimeIsNeverMadeToWait() {
        assertEquals(0, readAgain(1, 10 * Coalescing.SHORTEST_INTERVAL_REQUESTS));
    }

    @Test
    void pausesAsLongAsRequestsCome() {
        readUntilShortPausesPay();
        for (int i = 0; i < 10; i++) {
            assertEquals(Coalescing.PAUSES_PER_LOOK, readAgain(4, Coalescing.PAUSES_PER_LOOK + 1));
        }
    }

    @Test
    void aMissNowAndThenChangesNothing() {
        readUntilShortPausesPay();
        for (int i = 0; i < 20; i++) {
            assertTrue(readAgain(4, 2 * Coalescing.HITS_PER_MISS) > Coalescing.HITS_PER_MISS);
            read(0);
        }
    }

    @Test
    void pausesThatBringTooFewEnd() {
        readUntilShortPausesPay();
        readAgain(Coalescing.ENOUGH_FOR_SHORT_PAUSE - 1, 8);
        assertEquals(0, readAgain(Coalescing.ENOUGH_FOR_SHORT_PAUSE - 1, 100));
    }

    @Test
    void attemptsInVainBecomeRare() {
        int interval = Coalescing.SHORTEST_INTERVAL_REQUESTS;
        for (int i = 0; i < 10; i++) {
            readUntilAttempt(interval);
            assertFalse(read(Coalescing.ENOUGH_FOR_SHORT_PAUSE - 1));
            interval = Math.min(2 * interval, Coalescing.LONGEST_INTERVAL_REQUESTS);
        }
        assertEquals(Coalescing.LONGEST_INTERVAL_REQUESTS, interval);
    }

    @Test
    void aPauseInWhichTheClientRanDryDoesNotPay() {
        readUntilAttempt(Coalescing.SHORTEST_INTERVAL_REQUESTS);
        assertFalse(read(6));
        assertFalse(read(0), "nothing came while six were carried out");
        readUntilAttempt(2 * Coalescing.SHORTEST_INTERVAL_REQUESTS);
    }

    @Test
    void longRequestsAreNotMadeToWait() {
        readUntilShortPausesPay();
        for (int i = 0; i < 8; i++) {
            coalescing.pauseIfItPays(16, 16L * 131072);
        }
        for (int i = 0; i < Coalescing.SHORTEST_INTERVAL_REQUESTS; i++) {
            assertFalse(coalescing.pauseIfItPays(16, 16L * 131072));
        }
    }

    @Test
    void pausesThatAreFarTooLongEnd() {
        readUntilShortPausesPay();
        slownessNanos = Coalescing.LONGEST_PAUSE_NANOS;
        readAgain(16, 8);
        assertEquals(0, readAgain(16, 8));
    }

    /** Has a client served that keeps so many requests under way and is busy with their replies, by a server that never sleeps otherwise. */
    private final class Service {
        static final int CLIENT_NANOS = 6_500;

        private final int serverNanos;
        private int atClient;
        private int sent;
        private long clientFrom = nanos;

        Service(int depth, int requests, int serverNanos) {
            this.serverNanos = serverNanos;
            sent = depth;
            int taken = 0;
            for (int served = 0; served < requests; served += taken) {
                boolean paused = coalescing.pauseIfItPays(taken, (long) taken * REQUEST_BYTES);
                letClientWork();
                if (!paused && taken <= 1 && sent == 0) {
                    nanos = clientFrom + CLIENT_NANOS;
                    letClientWork();
                }
                taken = carryOut();
            }
        }

        private int carryOut() {
            int taken = sent;
            sent = 0;
            nanos += (long) taken * serverNanos;
            letClientWork();
            atClient += taken;
            return taken;
        }

        /** Up to now. It sends one more request for each reply that it has dealt with. */
        private void letClientWork() {
            while (atClient > 0 && nanos - clientFrom >= CLIENT_NANOS) {
                clientFrom += CLIENT_NANOS;
                atClient--;
                sent++;
            }
            if (atClient == 0) {
                clientFrom = nanos;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 16, 20, 24, 32, 64, 256})
    void aClientWithManyUnderWayHardlyEverRunsDry(int depth) {
        int requests = 300_000;
        new Service(depth, requests, SERVER_NANOS);
        assertTrue(nanos < 1.1 * Service.CLIENT_NANOS * requests, nanos + " ns");
        assertTrue(pauses() > requests / 100, pauses() + " pauses");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6})
    void aClientWithFewUnderWayIsLeftAlone(int depth) {
        int requests = 300_000;
        for (int serverNanos = 1_500; serverNanos < 6_000; serverNanos += 500) {
            int before = pauses();
            new Service(depth, requests, serverNanos);
            int pauses = pauses() - before;
            assertTrue(pauses < requests / 20, pauses + " pauses for a server that takes " + serverNanos + " ns");
        }
    }

    @Test
    void sleepsWhereTheClientHasEnoughForThat() {
        new Service(64, 300_000, SERVER_NANOS);
        assertTrue(longPauses > 20 * shortPauses, longPauses + " long pauses, " + shortPauses + " short ones");
    }

    @Test
    void pausesShortlyWhereTheClientWouldRunDryInALongPause() {
        new Service(12, 300_000, SERVER_NANOS);
        assertTrue(shortPauses > 20 * longPauses, longPauses + " long pauses, " + shortPauses + " short ones");
    }
}
