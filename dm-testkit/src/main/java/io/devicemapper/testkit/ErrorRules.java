package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What becomes of the errors of lower devices. */
interface ErrorRules extends Rules {
    /** A device fails a bio instead of carrying it out. */
    boolean BEFORE = false;

    /** A device carries a bio out, and then says that it failed. */
    boolean AFTERWARDS = true;

    @Test
    default void err01_readErrorIsReportedOnce(TargetRig rig) throws Exception {
        eachFault(rig, Behavior.READS, BioOp.READ, BEFORE, BioFlags.NONE);
    }

    @Test
    default void err02_writeErrorIsReportedOnce(TargetRig rig) throws Exception {
        eachFault(rig, Behavior.WRITES, BioOp.WRITE, BEFORE, BioFlags.NONE);
    }

    @Test
    default void err03_errorOfAWriteThatWasCarriedOutIsReported(TargetRig rig) throws Exception {
        eachFault(rig, Behavior.WRITES, BioOp.WRITE, AFTERWARDS, BioFlags.NONE);
    }

    @Test
    default void err04_errorOfAFuaWriteIsReported(TargetRig rig) throws Exception {
        eachFault(rig, Behavior.FUA, BioOp.WRITE, BEFORE, BioFlags.FUA);
    }

    @Test
    default void err05_flushErrorIsReportedOnce(TargetRig rig) throws Exception {
        eachFault(rig, Behavior.FLUSHES, BioOp.FLUSH, BEFORE, BioFlags.NONE);
    }

    @Test
    default void err06_discardErrorIsReportedOnce(TargetRig rig) throws Exception {
        eachFault(rig, Behavior.DISCARDS, BioOp.DISCARD, BEFORE, BioFlags.NONE);
    }

    @Test
    default void err07_writeZeroesErrorIsReportedOnce(TargetRig rig) throws Exception {
        eachFault(rig, Behavior.WRITE_ZEROES, BioOp.WRITE_ZEROES, BEFORE, BioFlags.NONE);
    }

    @Test
    default void err08_badSectorFailsWhatTouchesItAlone(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.REPORTS_ERRORS);
        rig.io().fill();
        long block = rig.block();
        for (BedDevice device : rig.bed().all()) {
            // A large request and its parts must agree on whether the bad sector is among theirs.
            Fault bad = device.faults()
                    .fail(
                            BioMatch.of(BioOp.READ).sectors(device.disk().sectors() / 3 / block * block, block),
                            BioStatus.MEDIUM);
            int sectors = (int) (rig.len() / block / 2 * block);
            boolean anyFailed = false;
            for (long at = 0; at < sectors; at += block) {
                anyFailed |= !read(rig, at, (int) block).isOk();
            }
            assertFalse(
                    anyFailed && read(rig, 0, sectors).isOk(),
                    "a sector cannot be read, and a read of it among others ended with OK");
            bad.remove();
        }
        rig.io().verifyAll();
    }

    private static BioStatus read(TargetRig rig, long sector, int sectors) throws Exception {
        return rig.io().run(BioOp.READ, BioFlags.NONE, sector, sectors, ByteBuffer.allocate(sectors * Bio.SECTOR_SIZE));
    }

    /** Lets the n-th bio of a kind fail on each device: what needed it must fail, and nothing else. */
    private static void eachFault(TargetRig rig, Behavior behavior, BioOp op, boolean afterwards, int flags)
            throws Exception {
        rig.needs(behavior, Behavior.REPORTS_ERRORS);
        rig.io().fill();
        for (BedDevice device : rig.bed().all()) {
            for (int nth : new int[] {1, 2, 5}) {
                BioMatch match = BioMatch.of(op).nth(nth);
                Fault fault = afterwards
                        ? device.faults().failAfterwards(match, BioStatus.MEDIUM)
                        : device.faults().fail(match, BioStatus.MEDIUM);
                nthFails(rig, device, op, flags, fault, device.name() + ": failing at bio " + nth);
                fault.remove();
            }
        }
        if (rig.has(Behavior.READS)) {
            rig.io().verifyAll();
        }
    }

    private static void nthFails(TargetRig rig, BedDevice device, BioOp op, int flags, Fault fault, String what)
            throws Exception {
        RigIo io = rig.io();
        long block = rig.block();
        int bios = 12;
        boolean told = false;
        long step = Math.max(block, rig.len() / bios / block * block);
        for (int i = 0; i < bios; i++) {
            long sector = op == BioOp.FLUSH ? 0 : i * step % rig.len();
            int sectors = op == BioOp.FLUSH ? 0 : (int) block;
            byte[] content = op == BioOp.WRITE ? io.newContent(sector, sectors) : new byte[sectors * Bio.SECTOR_SIZE];
            long hitsBefore = fault.hits();
            BioStatus status = io.run(op, flags, sector, sectors, op.hasPayload() ? ByteBuffer.wrap(content) : null);
            boolean hit = fault.hits() > hitsBefore;
            // The struck bio may have been one of the target's own, which it can make good; of its own flush it tells
            // the next flush from above.
            boolean ofTarget = rig.bed().hasOwn() && fault.hits() > fault.hitsByInjector();
            boolean madeGood = hit && status.isOk() && (device.isOwn() || ofTarget);
            boolean toldLate = op == BioOp.FLUSH && !status.isOk() && ofTarget && !told;
            if (hit == status.isOk() && !madeGood && !toldLate) {
                throw new AssertionError(what + ": " + op + " " + sector + "+" + sectors + " of the target ended with "
                        + status + (hit ? "; the error was swallowed" : ", though no device failed it"));
            }
            told |= !status.isOk();
            if (op.modifies() && rig.has(Behavior.STORES_WRITES)) {
                note(io, op, sector, sectors, content, hit && !madeGood);
            } else if (op == BioOp.READ && status.isOk()) {
                io.compare(sector, content);
            }
        }
    }

    private static void note(RigIo io, BioOp op, long sector, int sectors, byte[] content, boolean failed) {
        if (failed || op == BioOp.DISCARD) {
            io.forget(sector, sectors);
        } else {
            io.wrote(sector, content);
        }
    }
}
