package io.devicemapper.targets.linear;

import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import java.io.IOException;

/**
 * One walk over the extents of a striped target. Goes chunk by chunk, but asks a device only when an extent of it is used up, and
 * joins what the devices say alike: the effort on the devices follows the number of their extents, not of chunks.
 */
final class StripeExtents {
    private final StripeSet set;
    private final long endSector;
    private final Cursor[] cursors;
    private long sector;

    StripeExtents(StripeSet set, long sector, long sectors) {
        this.set = set;
        this.sector = sector;
        this.endSector = sector + sectors;
        this.cursors = new Cursor[set.size()];
    }

    void walk(ExtentVisitor visitor) throws IOException {
        long runStart = sector;
        ExtentType runType = null;
        while (sector < endSector) {
            Cursor cursor = cursorAt(sector);
            if (runType != null && cursor.type != runType) {
                if (!visitor.visit(runStart, sector - runStart, runType)) {
                    return;
                }
                runStart = sector;
            }
            runType = cursor.type;
            long chunkEnd = sector - sector % set.chunkSectors() + set.chunkSectors();
            long step = Math.min(Math.min(chunkEnd, endSector) - sector, cursor.sectors);
            cursor.advance(step);
            sector += step;
        }
        visitor.visit(runStart, endSector - runStart, runType);
    }

    /** The cursor of the stripe that holds a sector, standing on it. */
    private Cursor cursorAt(long sector) throws IOException {
        int index = set.indexOf(sector);
        if (cursors[index] == null) {
            Stripe stripe = set.stripe(index);
            cursors[index] = new Cursor(
                    stripe,
                    stripe.startSector + set.sectorsBefore(sector, index),
                    stripe.startSector + set.sectorsBefore(endSector, index));
        }
        cursors[index].fill();
        return cursors[index];
    }

    /** Goes through the extents of one stripe's device, inside the range that the walk will need. */
    private static final class Cursor {
        private final Stripe stripe;
        private final long endSector;
        private long sector;

        /** How many sectors from here on have this type; 0 if that is not known yet. */
        private long sectors;

        private ExtentType type;

        Cursor(Stripe stripe, long sector, long endSector) {
            this.stripe = stripe;
            this.sector = sector;
            this.endSector = endSector;
        }

        void fill() throws IOException {
            if (sectors == 0) {
                // What holds if the device says nothing: data is always a safe answer.
                sectors = endSector - sector;
                type = ExtentType.DATA;
                stripe.dev.extents(sector, endSector - sector, (at, length, extentType) -> {
                    sectors = length;
                    type = extentType;
                    return false;
                });
            }
        }

        void advance(long step) {
            sector += step;
            sectors -= step;
        }
    }
}
