package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BufferPoolTest {
    private static final int MEBIBYTE = 1 << 20;

    private final BufferPool pool = new BufferPool(256 * MEBIBYTE);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096, 4097, 65536, 65537, MEBIBYTE, 32 * MEBIBYTE, 33 * MEBIBYTE})
    void payloadsBeginOnAPageBehindRoomForAHeader(int bytes) {
        AtomicLong account = new AtomicLong();
        PooledBuffer buffer = pool.tryLend(bytes, account);
        assertTrue(buffer.memory().capacity() >= BufferPool.HEADROOM + bytes);
        assertEquals(0, buffer.memory().alignmentOffset(BufferPool.HEADROOM, 4096));
        assertEquals(buffer.memory().capacity(), account.get());
        buffer.release();
        assertEquals(0, account.get());
        assertSame(buffer, pool.lend(bytes, account), "used again");
    }

    @Test
    void theLastUserGivesBack() {
        AtomicLong account = new AtomicLong();
        PooledBuffer buffer = pool.lend(4096, account);
        buffer.share();
        assertTrue(buffer.isShared());
        buffer.release();
        assertTrue(!buffer.isShared() && account.get() > 0);
        buffer.release();
        assertEquals(0, account.get());
    }

    /** However many hold as much as they may, there is some left. */
    @Test
    void nobodyTakesAll() {
        List<AtomicLong> greedy = new ArrayList<>();
        for (int client = 0; client < 30; client++) {
            AtomicLong account = new AtomicLong();
            greedy.add(account);
            PooledBuffer last;
            do {
                last = pool.tryLend(MEBIBYTE, account);
            } while (last != null);
        }
        long held = greedy.stream().mapToLong(AtomicLong::get).sum();
        assertTrue(held < 256 * MEBIBYTE, () -> "held " + held);
        assertNotNull(pool.tryLend(65536, new AtomicLong()));
        AtomicLong first = greedy.get(0);
        assertTrue(first.get() > 16 * MEBIBYTE && first.get() <= 64 * MEBIBYTE, first::toString);
        assertNull(pool.tryLend(65536, first));
    }

    @Test
    void theLongestRequestsFindRoomButNotAllOfIt() {
        List<AtomicLong> clients = new ArrayList<>();
        int granted = 0;
        for (int client = 0; client < 10; client++) {
            clients.add(new AtomicLong());
            granted += pool.tryLend(32 * MEBIBYTE, clients.get(client)) == null ? 0 : 1;
        }
        assertEquals(6, granted, "of 256 MiB, with an eighth kept for others");
        assertNotNull(pool.tryLend(MEBIBYTE, new AtomicLong()));
        assertNull(pool.tryLend(32 * MEBIBYTE, clients.get(0)));
    }

    @Test
    void whoWaitsIsTold() {
        AtomicInteger told = new AtomicInteger();
        Runnable waiter = told::incrementAndGet;
        PooledBuffer buffer = pool.lend(4096, new AtomicLong());
        pool.awaitRoom(waiter);
        buffer.release();
        assertEquals(1, told.get());
        pool.stopAwaiting(waiter);
        pool.lend(4096, new AtomicLong()).release();
        assertEquals(1, told.get());
    }
}
