package io.devicemapper.nbd.server;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.nbd.protocol.TransmissionFlags;
import io.devicemapper.nbd.protocol.WireSizes;

/**
 * What a client is told about an export. INFO and GO make it from the same things in the same way, so both say the same.
 *
 * @param sizeBytes the size that this client keeps, whatever happens to the device later
 * @param flags bits of {@link TransmissionFlags}
 * @param minimumBlockBytes a power of two, at least 512
 * @param preferredBlockBytes a power of two, at least 4096 and the minimum
 */
record ExportOffer(NbdExport export, long sizeBytes, int flags, int minimumBlockBytes, int preferredBlockBytes) {
    static ExportOffer of(NbdExport export, boolean structuredReplies) {
        BlockDevice device = export.device();
        QueueLimits limits = device.limits();
        int flags = TransmissionFlags.HAS_FLAGS
                | TransmissionFlags.SEND_FLUSH
                | TransmissionFlags.SEND_FUA
                | TransmissionFlags.SEND_CACHE
                // Safe for every device: all connections submit to the same BlockDevice, whose contract is that a flush
                // makes every
                // write durable that had ended before, whoever submitted it. No connection keeps data of its own: a
                // write is
                // replied to only when its bio has ended. Unaligned writes of all connections meet in one WriteGate.
                | TransmissionFlags.CAN_MULTI_CONN;
        if (structuredReplies) {
            flags |= TransmissionFlags.SEND_DF;
        }
        if (limits.rotational()) {
            flags |= TransmissionFlags.ROTATIONAL;
        }
        if (export.readOnly()) {
            flags |= TransmissionFlags.READ_ONLY;
        } else {
            // Write-zeroes is carried out by writing where the device has none; FAST_ZERO then gets its honest ENOTSUP.
            flags |= TransmissionFlags.SEND_WRITE_ZEROES | TransmissionFlags.SEND_FAST_ZERO;
            if (limits.maxDiscardSectors() > 0) {
                flags |= TransmissionFlags.SEND_TRIM;
            }
        }
        int minimum = limits.logicalBlockSize();
        int preferred = Math.max(
                Math.max(WireSizes.PREFERRED_BLOCK, minimum),
                Math.min(Integer.highestOneBit(limits.ioMin()), WireSizes.MAX_PAYLOAD));
        return new ExportOffer(
                export, Math.multiplyExact(device.sectors(), Bio.SECTOR_SIZE), flags, minimum, preferred);
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }
}
