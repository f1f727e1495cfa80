package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;

/**
 * A bio as it came to a {@link RecordingDevice}.
 *
 * @param op what was asked for
 * @param flags bits of {@link BioFlags}
 * @param sector first sector, 0 for a flush
 * @param sectors length in sectors, 0 for a flush
 */
public record RecordedBio(BioOp op, int flags, long sector, long sectors) {
    static RecordedBio of(Bio bio) {
        return new RecordedBio(bio.op(), bio.flags(), bio.sector(), bio.sectors());
    }

    /** As {@code WRITE(FUA) 8+16}, or {@code FLUSH}. */
    @Override
    public String toString() {
        return op
                + (flags == BioFlags.NONE ? "" : "(" + BioFlags.toString(flags) + ")")
                + (op == BioOp.FLUSH ? "" : " " + sector + "+" + sectors);
    }
}
