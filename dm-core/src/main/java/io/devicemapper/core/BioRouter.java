package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Takes a bio that is inside the gate to the targets of a table: whole where it lies in one target, else in pieces or copies.
 *
 * <p>Entered with one piece counted; each further piece is counted here, and leaves when it ends.
 */
final class BioRouter {
    private BioRouter() {}

    static void route(LoadedTable table, SuspendGate gate, Bio bio) {
        BioStatus refusal = refusal(table, bio);
        if (refusal != BioStatus.OK) {
            gate.leavePiece();
            bio.endIo(refusal);
            return;
        }
        switch (bio.op()) {
            case READ, WRITE -> routeData(table, gate, bio);
            case FLUSH -> routeFlush(table, gate, bio);
            case DISCARD, WRITE_ZEROES -> routeRange(table, gate, bio);
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
                    case WRITE_ZEROES -> limits.maxWriteZeroesSectors() > 0;
                };
        return supported ? BioStatus.OK : BioStatus.UNSUPPORTED;
    }

    private static void routeData(LoadedTable table, SuspendGate gate, Bio bio) {
        TargetSlot<?> slot = table.find(bio.sector());
        long inTarget = bio.sector() - slot.begin();
        if (slot.pieceLength(bio.op(), inTarget, bio.sectors()) == bio.sectors()) {
            new Clone(slot, bio, null, inTarget, bio.sectors(), bio.payload(), 0).map();
            return;
        }
        PieceGroup group = new PieceGroup(bio);
        ByteBuffer payload = bio.payload();
        long done = 0;
        while (done < bio.sectors()) {
            slot = table.find(bio.sector() + done);
            inTarget = bio.sector() + done - slot.begin();
            long length = slot.pieceLength(bio.op(), inTarget, bio.sectors() - done);
            ByteBuffer slice = payload.slice(
                    payload.position() + Math.toIntExact(done << Bio.SECTOR_SHIFT),
                    Math.toIntExact(length << Bio.SECTOR_SHIFT));
            group.add();
            gate.enterPiece();
            new Clone(slot, bio, group, inTarget, length, slice, 0).map();
            done += length;
        }
        submissionDone(group, gate);
    }

    private static void routeRange(LoadedTable table, SuspendGate gate, Bio bio) {
        long longest = bio.op() == BioOp.DISCARD
                ? table.limits().maxDiscardSectors()
                : table.limits().maxWriteZeroesSectors();
        PieceGroup group = new PieceGroup(bio);
        long done = 0;
        while (done < bio.sectors()) {
            TargetSlot<?> slot = table.find(bio.sector() + done);
            long inTarget = bio.sector() + done - slot.begin();
            long length = Math.min(longest, slot.pieceLength(bio.op(), inTarget, bio.sectors() - done));
            int copies = slot.copies(bio.op());
            for (int copy = 0; copy < copies; copy++) {
                group.add();
                gate.enterPiece();
                new Clone(slot, bio, group, inTarget, length, null, copy).map();
            }
            done += length;
        }
        submissionDone(group, gate);
    }

    private static void routeFlush(LoadedTable table, SuspendGate gate, Bio bio) {
        PieceGroup group = new PieceGroup(bio);
        List<BlockDevice> devices = table.flushDevices();
        for (int i = 0; i < devices.size(); i++) {
            BlockDevice device = devices.get(i);
            if (device.limits().writeCache()) {
                group.add();
                gate.enterPiece();
                device.submit(Bio.flush((flush, status) -> pieceEnded(group, gate, status)));
            }
        }
        for (TargetSlot<?> slot : table.slots()) {
            int copies = slot.copies(BioOp.FLUSH);
            for (int copy = 0; copy < copies; copy++) {
                group.add();
                gate.enterPiece();
                new Clone(slot, bio, group, 0, 0, null, copy).map();
            }
        }
        submissionDone(group, gate);
    }

    private static void pieceEnded(PieceGroup group, SuspendGate gate, BioStatus status) {
        boolean last = group.ended(status);
        gate.leavePiece();
        if (last) {
            group.origin().endIo(group.status());
        }
    }

    /** All pieces are on their way: the piece that the submission itself entered with ends. */
    private static void submissionDone(PieceGroup group, SuspendGate gate) {
        pieceEnded(group, gate, BioStatus.OK);
    }
}
