package io.devicemapper.targets.linear;

import io.devicemapper.block.BioStatus;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetBio;

/** The state of a striped target: its stripes, and the arithmetic of what lies where. */
final class StripeSet {
    /** From this number of errors on, a stripe's device raises no more events: it is known to be bad. */
    private static final int EVENT_THRESHOLD = 15;

    private final long chunkSectors;
    private final long widthSectors;
    private final Stripe[] stripes;

    /**
     * @param chunkSectors how many sectors go to one stripe before it is the next one's turn
     * @param widthSectors length of each stripe, a multiple of the chunk
     */
    StripeSet(long chunkSectors, long widthSectors, Stripe[] stripes) {
        this.chunkSectors = chunkSectors;
        this.widthSectors = widthSectors;
        this.stripes = stripes;
    }

    long chunkSectors() {
        return chunkSectors;
    }

    int size() {
        return stripes.length;
    }

    Stripe stripe(int index) {
        return stripes[index];
    }

    /** Sends a bio that lies inside one chunk to that chunk's stripe. */
    MapResult mapChunk(TargetBio bio) {
        long chunk = bio.sector() / chunkSectors;
        long row = chunk / stripes.length;
        Stripe stripe = stripes[(int) (chunk - row * stripes.length)];
        return bio.remap(stripe.dev, stripe.startSector + bio.sector() - (chunk - row) * chunkSectors);
    }

    /**
     * Sends copy k of a bio that may cross many chunks to stripe k, clipped to what lies there: that is one range, since the
     * chunks of a stripe follow each other on its device.
     */
    MapResult mapRange(TargetBio bio) {
        Stripe stripe = stripes[bio.copyNumber()];
        long from = sectorsBefore(bio.sector(), bio.copyNumber());
        long to = sectorsBefore(bio.sector() + bio.sectors(), bio.copyNumber());
        return from == to ? bio.complete(BioStatus.OK) : bio.remap(stripe.dev, stripe.startSector + from, to - from);
    }

    /** The index of the stripe that holds a sector of the target. */
    int indexOf(long sector) {
        return (int) (sector / chunkSectors % stripes.length);
    }

    /** How many sectors of a stripe come before a sector of the target. */
    long sectorsBefore(long sector, int index) {
        long chunk = sector / chunkSectors;
        long row = chunk / stripes.length;
        long inRow = index - (chunk - row * stripes.length);
        long ofThisRow = inRow < 0 ? chunkSectors : inRow == 0 ? sector - chunk * chunkSectors : 0;
        return row * chunkSectors + ofThisRow;
    }

    /**
     * Counts a failed bio against every stripe that lies on the device that failed it, and raises events for the first few. Two
     * stripes lie on the same device if they name it alike.
     */
    void countError(TargetBio bio, DmTarget<StripeSet> ti) {
        Stripe failed = stripes[bio.op().hasPayload() ? indexOf(bio.sector()) : bio.copyNumber()];
        for (Stripe stripe : stripes) {
            if (stripe.dev.name().equals(failed.dev.name()) && stripe.countError() < EVENT_THRESHOLD) {
                ti.event();
            }
        }
    }

    void visitAreas(DeviceVisitor visitor) {
        for (Stripe stripe : stripes) {
            visitor.visit(stripe.dev, stripe.startSector, widthSectors);
        }
    }

    /** The devices, then one letter for each: {@code A} alive, {@code D} has failed. */
    String info() {
        StringBuilder info = new StringBuilder().append(stripes.length);
        StringBuilder health = new StringBuilder(stripes.length);
        for (Stripe stripe : stripes) {
            info.append(' ').append(stripe.dev.tableName());
            health.append(stripe.hasFailed() ? 'D' : 'A');
        }
        return info.append(" 1 ").append(health).toString();
    }

    String table() {
        StringBuilder table =
                new StringBuilder().append(stripes.length).append(' ').append(chunkSectors);
        for (Stripe stripe : stripes) {
            table.append(' ').append(stripe.dev.tableName()).append(' ').append(stripe.startSector);
        }
        return table.toString();
    }
}
