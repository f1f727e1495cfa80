package io.devicemapper.targets.cache.torture;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioCompletion;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Bios to a tortured cache, each told to the history and, if it reads, held to it. Safe for use by several threads. */
final class TortureIo {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(Long.getLong("dm.cache.patienceSeconds", 30));
    private static final int MAX_SECTORS = 20;
    private static final int MAX_RETRIES = 50;
    private static final int PRODS_OF_A_FAILING_CACHE = 5;

    private final CacheBed bed;
    private final BlockDevice device;
    private final WriteHistory history;
    private final BooleanSupplier mayFail;
    private final String told;
    private final Set<Bio> underWay = Collections.newSetFromMap(new IdentityHashMap<>());
    private long failed;
    private Throwable breach;

    /**
     * I/O in one life of the cache.
     *
     * @param mayFail whether a bio that ends now may end with an error
     * @param told what to begin messages with: the seed above all
     */
    TortureIo(CacheBed bed, BooleanSupplier mayFail, String told) {
        this.bed = bed;
        this.device = bed.device();
        this.history = bed.history;
        this.mayFail = mayFail;
        this.told = told;
    }

    /** A bio at random. Returns when it was submitted. */
    void random(Random random) {
        int size = history.size();
        int sectors = 1 + random.nextInt(random.nextInt(4) == 0 ? MAX_SECTORS : 4);
        long sector = random.nextInt(size - sectors + 1);
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4, 5 -> read(sector, sectors);
            case 6, 7 -> flush();
            case 8 -> {
                boolean whole = random.nextBoolean();
                long block = sector / CacheBed.BLOCK_SECTORS * CacheBed.BLOCK_SECTORS;
                zeroes(
                        BioOp.DISCARD,
                        BioFlags.NONE,
                        whole ? block : sector,
                        whole ? Math.min(CacheBed.BLOCK_SECTORS, size - block) : sectors);
            }
            case 9 -> zeroes(BioOp.WRITE_ZEROES, random.nextBoolean() ? BioFlags.NOUNMAP : 0, sector, sectors);
            case 10, 11 -> write(sector, sectors, BioFlags.FUA);
            case 12 ->
                write(sector, sectors, random.nextBoolean() ? BioFlags.PREFLUSH : BioFlags.PREFLUSH | BioFlags.FUA);
            default -> write(sector, sectors, BioFlags.NONE);
        }
    }

    void write(long sector, int sectors, int flags) {
        WriteHistory.Entry entry = history.beginWrite(sector, sectors);
        submit(
                BioOp.WRITE,
                flags,
                sector,
                sectors,
                SectorStamp.payload(entry.write(), sector, sectors),
                (bio, status) -> ended(entry, flags, status));
    }

    void zeroes(BioOp op, int flags, long sector, long sectors) {
        WriteHistory.Entry entry = history.beginZeroes(sector, sectors);
        submit(op, flags, sector, sectors, null, (bio, status) -> ended(entry, flags, status));
    }

    private void ended(WriteHistory.Entry entry, int flags, BioStatus status) {
        if (status == BioStatus.UNSUPPORTED) {
            history.refused(entry);
        } else {
            history.end(entry, status.isOk(), (flags & BioFlags.FUA) != 0);
            if (status.isOk() && (flags & BioFlags.PREFLUSH) != 0) {
                history.flushedBefore(entry);
            }
        }
    }

    void read(long sector, int sectors) {
        ByteBuffer payload = ByteBuffer.allocate(sectors * Bio.SECTOR_SIZE);
        long begun = history.begin();
        submit(BioOp.READ, BioFlags.NONE, sector, sectors, payload, (bio, status) -> {
            if (status.isOk()) {
                history.checkRead(sector, payload, begun, told);
            }
        });
    }

    void flush() {
        long begun = history.begin();
        submit(BioOp.FLUSH, BioFlags.NONE, 0, 0, null, (bio, status) -> {
            if (status.isOk()) {
                history.flushed(begun);
            }
        });
    }

    private void submit(BioOp op, int flags, long sector, long sectors, ByteBuffer payload, BioCompletion done) {
        Bio bio = Bio.of(op, flags, sector, sectors, payload, (ended, status) -> {
            Throwable found = null;
            try {
                done.completed(ended, status);
                if (!status.isOk() && !mayFail.getAsBoolean()) {
                    found = new AssertionError(told + ": " + ended + " failed: " + status);
                }
            } catch (RuntimeException | AssertionError e) {
                found = e;
            }
            synchronized (this) {
                underWay.remove(ended);
                failed += status.isOk() ? 0 : 1;
                breach = breach == null ? found : breach;
                notifyAll();
            }
        });
        synchronized (this) {
            underWay.add(bio);
        }
        device.submit(bio);
    }

    /** How many bios have failed. */
    synchronized long failed() {
        return failed;
    }

    /**
     * Waits until at most so many bios are under way.
     *
     * @throws AssertionError if they do not end, or what was read is wrong
     */
    synchronized void await(int most) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + PATIENCE_NANOS;
        while (underWay.size() > most && breach == null) {
            long millisLeft = (deadlineNanos - System.nanoTime()) / 1_000_000;
            if (millisLeft <= 0) {
                throw new AssertionError(told + ": " + underWay + " do not end");
            }
            wait(millisLeft);
        }
        if (breach != null) {
            throw new AssertionError(breach.getMessage(), breach);
        }
    }

    /** Reads all, one block after another, and holds it to the history. */
    void readAll() throws InterruptedException {
        for (long sector = 0; sector < history.size(); sector += CacheBed.BLOCK_SECTORS) {
            read(sector, (int) Math.min(CacheBed.BLOCK_SECTORS, history.size() - sector));
            await(0);
        }
    }

    /** After a power cut: reads all; from now on only what is found now is right. */
    void settleAll() throws InterruptedException {
        for (long sector = 0; sector < history.size(); sector += CacheBed.BLOCK_SECTORS) {
            int sectors = (int) Math.min(CacheBed.BLOCK_SECTORS, history.size() - sector);
            ByteBuffer payload = ByteBuffer.allocate(sectors * Bio.SECTOR_SIZE);
            long first = sector;
            submit(BioOp.READ, BioFlags.NONE, sector, sectors, payload, (bio, status) -> {
                if (status.isOk()) {
                    history.settleAfterCut(first, payload, told + ", after the restart");
                }
            });
            await(0);
        }
    }

    /** With the policy {@code torture}: lets the cache ask it once more. */
    void awaitMigrations(BooleanSupplier end) throws InterruptedException {
        if (bed.setup.policy() == null) {
            int before = bed.channel.asked();
            read(history.size() - 1, 1);
            bed.channel.awaitAsked(before, end);
        }
    }

    /** Evicts each block that is in the cache, with the policy {@code torture}. */
    void evictAll() throws InterruptedException {
        bed.channel.migrateOnCommand();
        for (int i = 0; i < MAX_RETRIES; i++) {
            for (long block : bed.channel.residents()) {
                migrate(Migration.evict(block));
            }
            if (bed.channel.residents().isEmpty() || bed.power.isCut()) {
                return;
            }
        }
        throw new AssertionError(told + ": blocks " + bed.channel.residents() + " cannot be evicted");
    }

    MigrationOutcome migrate(Migration migration) throws InterruptedException {
        // At the origin's end, in the sectors that are never cached.
        return bed.channel.command(migration, () -> read(history.size() - 1, 1), bed.power::isCut);
    }

    /** Has a block come or go. Where a device has failed, the cache need not do it, and that is not waited for. */
    void tryToMigrate(Migration migration, BooleanSupplier failing) throws InterruptedException {
        int[] prods = {0};
        bed.channel.command(
                migration,
                () -> read(history.size() - 1, 1),
                () -> failing.getAsBoolean() && ++prods[0] > PRODS_OF_A_FAILING_CACHE);
        await(0);
    }
}
