package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import java.nio.ByteBuffer;

/**
 * Takes a bio that is inside the gate to the targets of a table: whole where it lies in one target, else in pieces or copies.
 *
 * <p>Entered with one piece counted; each further piece is counted here, and leaves when it ends.
 */
final class BioRouter {
    private static final System.Logger LOG = System.getLogger(BioRouter.class.getName());

    private BioRouter() {}

    /**
     * Routes one bio, and ends it if it cannot be. What it throws, such as an OutOfMemoryError, it throws before anything has gone down, and
     * with the piece that was counted given back.
     */
    static void route(LoadedTable table, SuspendGate gate, Bio bio) {
        BioStatus refusal = refusal(table, bio);
        if (refusal != BioStatus.OK) {
            gate.leavePiece();
            bio.endIo(refusal);
            return;
        }
        Clone whole = null;
        PieceGroup group = null;
        try {
            whole = whole(table, bio);
            group = whole == null ? new PieceGroup(bio, table.untoldFlushFailure()) : null;
        } finally {
            if (whole == null && group == null) {
                gate.leavePiece();
            }
        }
        if (whole != null) {
            whole.map();
        } else {
            routePieces(table, gate, bio, group);
        }
    }

    private static BioStatus refusal(LoadedTable table, Bio bio) {
        if (table == null) {
            return BioStatus.IO;
        }
        if (bio.sector() > table.sectors() - bio.sectors()) {
            return BioStatus.IO;
        }
        BioOp op = bio.op();
        if (op.modifies() && table.readOnly()) {
            return BioStatus.NOT_PERMITTED;
        }
        QueueLimits limits = table.limits();
        if (((bio.sector() | bio.sectors()) & (limits.logicalBlockSectors() - 1)) != 0) {
            return BioStatus.IO;
        }
        boolean supported =
                switch (op) {
                    case READ, WRITE, FLUSH -> true;
                    case DISCARD -> limits.maxDiscardSectors() > 0;
                    case WRITE_ZEROES ->
                        // A piece that some device refuses must not find the others done.
                        limits.maxWriteZeroesSectors() > 0 && (limits.fastZeroes() || !bio.has(BioFlags.FAST_ONLY));
                };
        return supported ? BioStatus.OK : BioStatus.UNSUPPORTED;
    }

    /** The clone for a read or write that goes to its target in one piece; else null. */
    private static Clone whole(LoadedTable table, Bio bio) {
        if (!bio.op().hasPayload()) {
            return null;
        }
        TargetSlot<?> slot = table.find(bio.sector());
        long inTarget = bio.sector() - slot.begin();
        return slot.pieceLength(bio.op(), inTarget, bio.sectors()) == bio.sectors()
                ? new Clone(slot, bio, null, inTarget, bio.sectors(), bio.payload(), 0)
                : null;
    }

    private static void routePieces(LoadedTable table, SuspendGate gate, Bio bio, PieceGroup group) {
        BioStatus status = BioStatus.OK;
        try {
            switch (bio.op()) {
                case READ, WRITE -> routeData(table, gate, bio, group);
                case FLUSH -> routeFlush(table, gate, bio, group);
                case DISCARD, WRITE_ZEROES -> routeRange(table, gate, bio, group);
            }
        } catch (
                Throwable
                        t) { // the pieces that are under way use the bio and its payload: it fails when they have ended
            status = BioStatus.IO;
            report(bio, t);
        } finally {
            // All pieces are on their way: the one that the submission itself entered with ends.
            boolean last = group.ended(status);
            gate.leavePiece();
            if (last) {
                bio.endIo(group.status());
            }
        }
    }

    private static void report(Bio bio, Throwable cause) {
        try {
            LOG.log(System.Logger.Level.ERROR, () -> bio.device() + ": " + bio + " could not be split", cause);
        } catch (Throwable t) {
            // A logger that fails must not end the bio before its pieces, and there is nobody else to tell.
        }
    }

    private static void routeData(LoadedTable table, SuspendGate gate, Bio bio, PieceGroup group) {
        ByteBuffer payload = bio.payload();
        long done = 0;
        while (done < bio.sectors()) {
            TargetSlot<?> slot = table.find(bio.sector() + done);
            long inTarget = bio.sector() + done - slot.begin();
            long length = slot.pieceLength(bio.op(), inTarget, bio.sectors() - done);
            ByteBuffer slice = payload.slice(
                    payload.position() + Math.toIntExact(done << Bio.SECTOR_SHIFT),
                    Math.toIntExact(length << Bio.SECTOR_SHIFT));
            add(gate, group, new Clone(slot, bio, group, inTarget, length, slice, 0))
                    .map();
            done += length;
        }
    }

    private static void routeRange(LoadedTable table, SuspendGate gate, Bio bio, PieceGroup group) {
        QueueLimits limits = table.limits();
        long longest = bio.op() == BioOp.DISCARD ? limits.maxDiscardSectors() : limits.maxWriteZeroesSectors();
        long block = limits.logicalBlockSectors();
        // A piece that ended inside a block would be refused below.
        longest = Math.max(block, longest - longest % block);
        long done = 0;
        while (done < bio.sectors()) {
            TargetSlot<?> slot = table.find(bio.sector() + done);
            long inTarget = bio.sector() + done - slot.begin();
            long length = Math.min(longest, slot.pieceLength(bio.op(), inTarget, bio.sectors() - done));
            int copies = slot.copies(bio.op());
            for (int copy = 0; copy < copies; copy++) {
                add(gate, group, new Clone(slot, bio, group, inTarget, length, null, copy))
                        .map();
            }
            done += length;
        }
    }

    private static void routeFlush(LoadedTable table, SuspendGate gate, Bio bio, PieceGroup group) {
        for (ClaimedDevice claim : table.flushClaims()) {
            BlockDevice lower = claim.lower();
            if (FuaEmulation.needsFlush(lower)) {
                add(gate, group, new Clone(claim.claimant(), bio, group, 0, 0, null, 0))
                        .passTo(lower);
            }
        }
        for (TargetSlot<?> slot : table.flushSlots()) {
            int copies = slot.copies(BioOp.FLUSH);
            for (int copy = 0; copy < copies; copy++) {
                add(gate, group, new Clone(slot, bio, group, 0, 0, null, copy)).map();
            }
        }
    }

    /** Counts one more piece, which its end takes back. */
    private static Clone add(SuspendGate gate, PieceGroup group, Clone piece) {
        group.add();
        gate.enterPiece();
        return piece;
    }
}
