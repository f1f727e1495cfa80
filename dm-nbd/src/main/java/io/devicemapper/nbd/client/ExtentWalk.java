package io.devicemapper.nbd.client;

import io.devicemapper.block.Bio;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.nbd.protocol.AllocationFlags;
import java.io.IOException;

/**
 * Turns the server's extents, in bytes and in several replies, into extents of sectors for a visitor. Neighbours of one type become
 * one extent; a sector that several of the server's extents share is what the least empty of them is.
 */
final class ExtentWalk {
    /** Asks the server. */
    interface Question {
        /**
         * Returns an answered question for a range, or for the begin of it.
         *
         * @throws IOException if the server failed to tell
         */
        BlockStatusRequest ask(long offsetBytes, long lengthBytes) throws IOException;
    }

    private final ExtentVisitor visitor;
    private final long endBytes;

    /** Everything before this has been shown. */
    private long shownBytes;

    /** Everything before this is known; a multiple of the sector size. */
    private long knownBytes;

    /** What stands between the two. */
    private ExtentType knownType;

    ExtentWalk(long sector, long sectors, ExtentVisitor visitor) {
        this.visitor = visitor;
        this.shownBytes = sector << Bio.SECTOR_SHIFT;
        this.knownBytes = shownBytes;
        this.endBytes = (sector + sectors) << Bio.SECTOR_SHIFT;
    }

    /** Shows all extents of the range, unless the visitor ends the walk before. */
    void run(Question question) throws IOException {
        while (knownBytes < endBytes) {
            long from = knownBytes;
            if (!add(question.ask(from, endBytes - from), from)) {
                return;
            }
            // A server that tells less than a sector at a time would keep us here for good. Data is always a safe
            // answer.
            if (knownBytes == from && !extend(from + Bio.SECTOR_SIZE, ExtentType.DATA)) {
                return;
            }
        }
        show();
    }

    /** @return whether the visitor wants to go on */
    private boolean add(BlockStatusRequest answer, long from) {
        long begin = from;
        ExtentType shared = ExtentType.HOLE;
        for (int i = 0; i < answer.count(); i++) {
            long end = begin + answer.lengthBytes(i);
            ExtentType type = AllocationFlags.toExtentType(answer.allocationFlags(i));
            long firstWhole = (begin + Bio.SECTOR_SIZE - 1) & -Bio.SECTOR_SIZE;
            long behindWhole = end & -Bio.SECTOR_SIZE;
            if (begin < firstWhole) {
                shared = fuller(shared, type);
                if (end >= firstWhole && !extend(firstWhole, shared)) {
                    return false;
                }
            }
            if (firstWhole < behindWhole && !extend(behindWhole, type)) {
                return false;
            }
            if (end > behindWhole && begin <= behindWhole) {
                shared = type;
            }
            begin = end;
        }
        return true;
    }

    private static ExtentType fuller(ExtentType a, ExtentType b) {
        return a.compareTo(b) < 0 ? a : b; // declared from full to empty
    }

    private boolean extend(long toBytes, ExtentType type) {
        if (type != knownType && knownBytes > shownBytes && !show()) {
            return false;
        }
        knownType = type;
        knownBytes = toBytes;
        return true;
    }

    private boolean show() {
        long sector = shownBytes >> Bio.SECTOR_SHIFT;
        long sectors = (knownBytes - shownBytes) >> Bio.SECTOR_SHIFT;
        shownBytes = knownBytes;
        return visitor.visit(sector, sectors, knownType);
    }
}
