package io.devicemapper.benchmarks.opening;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.target.StatusType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;

/**
 * One life of a cache, in a JVM of its own: opens it, says how long that took, writes to cached blocks, and waits to be killed, or for a line on its
 * standard input, which ends it in good order.
 */
final class CacheLife {
    static final String OPENED = "opened";
    static final String READY = "ready";

    private static final int BYTES = 4096;

    /** Of INFO status: cache blocks in use, a slash, and how many there are. */
    private static final int USED_FIELD = 3;

    private static final int WRITES_AT_A_TIME = 64;

    private CacheLife() {}

    /** {@code FOLDER BLOCKS WRITES SEED}: see {@link CacheOpenings}. */
    public static void main(String... args) throws Exception {
        CacheFiles files = new CacheFiles(Path.of(args[0]), Integer.parseInt(args[1]));
        int writes = Integer.parseInt(args[2]);
        Random random = new Random(Long.parseLong(args[3]));
        ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES);
        long begunNanos = System.nanoTime();
        try (DeviceMapper deviceMapper = DeviceMapper.builder().build()) {
            BlockDevice device = deviceMapper.create("measured", files.table());
            device.read(sector(files, random), buffer);
            long endedNanos = System.nanoTime();
            System.out.println(OPENED + " " + (endedNanos - begunNanos) + " " + residents(deviceMapper));
            writeSome(device, files, random, writes);
            System.out.println(READY + " " + deviceMapper.message("measured", 0, "stats"));
            int unused = System.in.read();
        }
    }

    private static long sector(CacheFiles files, Random random) {
        return files.originBlock(files.anyBlock(random)) * CacheFiles.BLOCK_SECTORS;
    }

    private static String residents(DeviceMapper deviceMapper) {
        String status = deviceMapper
                .device("measured")
                .orElseThrow()
                .liveTable()
                .orElseThrow()
                .targets()
                .get(0)
                .status(StatusType.INFO);
        String used = status.split(" ", -1)[USED_FIELD];
        return used.substring(0, used.indexOf('/'));
    }

    /** Several at a time, so that they share the commits of their marks. */
    private static void writeSome(BlockDevice device, CacheFiles files, Random random, int writes)
            throws IOException, InterruptedException {
        Thread[] threads = new Thread[Math.min(WRITES_AT_A_TIME, writes)];
        for (int i = 0; i < threads.length; i++) {
            Random own = new Random(random.nextLong());
            int share = writes / threads.length + (i < writes % threads.length ? 1 : 0);
            threads[i] = new Thread(() -> write(device, files, own, share));
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void write(BlockDevice device, CacheFiles files, Random random, int writes) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES);
        try {
            for (int i = 0; i < writes; i++) {
                device.write(sector(files, random), buffer);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
