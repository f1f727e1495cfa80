package io.devicemapper.target;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioCompletion;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BlockDevice;
import java.nio.ByteBuffer;

/**
 * A lower device that a target claimed in {@code ctr}: the kernel's {@code struct dm_dev}. The host gives the claim back after
 * {@code dtr}, or when {@code ctr} throws; {@link #close} does nothing.
 *
 * <p>As a {@link BlockDevice} it takes the target's own bios (copies, metadata), which the host counts so that it can tell
 * when a target leaves some open. {@link #name} is the name as the table line had it, which TABLE status prints.
 */
public abstract class DmDev extends BlockDevice {
    /** For hosts. */
    protected DmDev() {}

    /** How the target said it would use the device. A bio that goes beyond fails with NOT_PERMITTED. */
    public abstract DeviceMode mode();

    /**
     * An object that stands for the lower device, the same for all who claimed that device for the same kind of use, however they wrote its name:
     * for a target that must not share a device, in a {@link java.util.WeakHashMap}.
     */
    public Object identity() {
        return this;
    }

    /**
     * {@link #name()} with blanks and backslashes escaped by a backslash, as a table line needs it.
     */
    public final String tableName() {
        return TableText.escape(name());
    }

    /**
     * Makes a bio of the target's own; {@link #submit} sends it. A suspend does not wait for such bios: a target ends its own work
     * in {@code postsuspend}.
     *
     * @param op the operation
     * @param flags bits of {@link io.devicemapper.block.BioFlags}
     * @param sector first sector on this device, 0 for a flush
     * @param payload for READ and WRITE the buffer, whose remaining bytes give the length; null for a flush
     * @param onComplete called once when the bio has ended
     * @throws IllegalArgumentException for a discard or write-zeroes, which need a length: see {@link Bio#of}
     */
    public final Bio newBio(BioOp op, int flags, long sector, ByteBuffer payload, BioCompletion onComplete) {
        return Bio.of(
                op, flags, sector, payload == null ? 0 : payload.remaining() >> Bio.SECTOR_SHIFT, payload, onComplete);
    }
}
