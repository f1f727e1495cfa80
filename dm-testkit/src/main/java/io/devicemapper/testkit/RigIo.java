package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * I/O to what a rig tests, its sectors counted from the begin of that; may go beyond its ends. Remembers what was written, and compares with what is
 * expected. Safe for use by several threads, as long as they keep to ranges of their own.
 */
final class RigIo {
    private static final int CHUNK_SECTORS = 61;

    /** Numbers every write of this JVM: contents must differ between rigs as well, and before and after a restart. */
    private static final AtomicInteger WRITES = new AtomicInteger();

    /** What the sectors hold, as far as that is known. */
    interface Contents {
        /** Notes a write. */
        void wrote(long sector, byte[] content);

        /** Nobody knows any more what a sector holds. */
        void forget(long sector);

        /** What was written last; null if nothing was, or nobody can tell. */
        byte[] lastWritten(long sector);

        /** What a read must return; null if nobody can tell. */
        byte[] expected(long sector);
    }

    private final Rig rig;
    private final Contents contents;
    private final BlockDevice device;
    private final long begin;
    private final long len;

    RigIo(Rig rig, Contents contents, BlockDevice device, long begin, long len) {
        this.rig = rig;
        this.contents = contents;
        this.device = device;
        this.begin = begin;
        this.len = len;
    }

    BlockDevice device() {
        return device;
    }

    long begin() {
        return begin;
    }

    long len() {
        return len;
    }

    Bios.UnderWay start(BioOp op, int flags, long sector, long sectors, ByteBuffer payload) {
        return Bios.start(device, op, flags, op == BioOp.FLUSH ? 0 : begin + sector, sectors, payload);
    }

    BioStatus run(BioOp op, int flags, long sector, long sectors, ByteBuffer payload) throws InterruptedException {
        return start(op, flags, sector, sectors, payload).await();
    }

    /** As {@link #run}, and nothing but OK will do. */
    void ok(BioOp op, int flags, long sector, long sectors, ByteBuffer payload) throws InterruptedException {
        BioStatus status = run(op, flags, sector, sectors, payload);
        if (!status.isOk()) {
            throw new AssertionError(op + (flags == 0 ? "" : "(" + BioFlags.toString(flags) + ")") + " of " + sectors
                    + " sectors at sector " + sector + " of " + rig.subject() + ": " + status.text());
        }
    }

    byte[] read(long sector, int sectors) throws InterruptedException {
        byte[] content = new byte[sectors * Bio.SECTOR_SIZE];
        ok(BioOp.READ, BioFlags.NONE, sector, sectors, ByteBuffer.wrap(content));
        return content;
    }

    /** Content that no other write has. */
    byte[] newContent(long sector, int sectors) {
        return Content.ofWrite(WRITES.incrementAndGet(), sector, sectors);
    }

    void write(long sector, int sectors) throws InterruptedException {
        write(sector, sectors, BioFlags.NONE);
    }

    void write(long sector, int sectors, int flags) throws InterruptedException {
        byte[] content = newContent(sector, sectors);
        ok(BioOp.WRITE, flags, sector, sectors, ByteBuffer.wrap(content));
        wrote(sector, content);
    }

    /** Notes a write that has ended well. */
    void wrote(long sector, byte[] content) {
        if (rig.has(Behavior.STORES_WRITES)) {
            for (int i = 0; i < content.length / Bio.SECTOR_SIZE; i++) {
                contents.wrote(sector + i, Content.sector(content, i));
            }
        }
    }

    void forget(long sector, long sectors) {
        for (long s = sector; s < sector + sectors; s++) {
            contents.forget(s);
        }
    }

    /** Notes that a range was made zeroes. */
    void zeroed(long sector, long sectors) {
        for (long s = sector; s < sector + sectors; s++) {
            contents.wrote(s, new byte[Bio.SECTOR_SIZE]);
        }
    }

    void flush() throws InterruptedException {
        ok(BioOp.FLUSH, BioFlags.NONE, 0, 0, null);
    }

    /** Writes all of it, if it stores what is written. */
    void fill() throws Exception {
        if (rig.has(Behavior.STORES_WRITES)) {
            long chunk = CHUNK_SECTORS * rig.block();
            for (long sector = 0; sector < len; sector += chunk) {
                write(sector, (int) Math.min(chunk, len - sector));
            }
        }
    }

    /** What was written last to a sector; null if nobody can tell. */
    byte[] lastWritten(long sector) {
        return contents.lastWritten(sector);
    }

    /** What a sector is expected to hold; null if nobody can tell. */
    byte[] expected(long sector) {
        return contents.expected(sector);
    }

    /** Reads a range, and compares it with what is expected. */
    void verify(long sector, int sectors) throws InterruptedException {
        compare(sector, read(sector, sectors));
    }

    void compare(long sector, byte[] found) {
        for (int i = 0; i < found.length / Bio.SECTOR_SIZE; i++) {
            String what = "sector " + (sector + i) + " of " + rig.subject();
            // Both, since what the author tells from the lower devices follows them when they are spoilt.
            assertSameIfKnown(expected(sector + i), Content.sector(found, i), what);
            assertSameIfKnown(contents.lastWritten(sector + i), Content.sector(found, i), what + ", written before");
        }
    }

    private static void assertSameIfKnown(byte[] expected, byte[] found, String what) {
        if (expected != null) {
            Content.assertSame(expected, found, what);
        }
    }

    /** Reads all of it, and compares it. */
    void verifyAll() throws Exception {
        long chunk = CHUNK_SECTORS * rig.block();
        for (long sector = 0; sector < len; sector += chunk) {
            verify(sector, (int) Math.min(chunk, len - sector));
        }
    }
}
