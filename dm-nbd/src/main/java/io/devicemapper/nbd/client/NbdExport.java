package io.devicemapper.nbd.client;

import io.devicemapper.block.Bio;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.nbd.protocol.TransmissionFlags;
import io.devicemapper.nbd.protocol.WireFormatException;
import io.devicemapper.nbd.protocol.WireSizes;

/**
 * What a server said about the export during one negotiation.
 *
 * @param sizeBytes size, at least 0
 * @param flags bits of {@link TransmissionFlags}
 * @param minimumBlock every offset and length is a multiple of this many bytes; a power of two up to 65536
 * @param preferredBlock the block size that performs well, in bytes; at least {@code minimumBlock}
 * @param maximumPayload the most bytes that one READ or WRITE moves, at most {@link WireSizes#MAX_PAYLOAD}
 * @param structuredReplies whether replies come in chunks
 * @param allocationContext the id of {@code base:allocation}, or {@link #NO_CONTEXT}
 */
record NbdExport(
        long sizeBytes,
        int flags,
        int minimumBlock,
        int preferredBlock,
        int maximumPayload,
        boolean structuredReplies,
        long allocationContext) {
    /** In the place of an unsigned 32-bit context id where there is no such context. */
    static final long NO_CONTEXT = -1;

    private static final int MINIMUM_BLOCK_UNLESS_TOLD = 1;

    /** Commands without a payload have a 32-bit length. */
    private static final long MAX_EFFECT_BYTES = 0xFFFF_FFFFL;

    /** An export about which the server told no block sizes: the protocol's defaults. */
    static NbdExport withDefaultBlocks(long sizeBytes, int flags, boolean structuredReplies, long allocationContext) {
        return new NbdExport(
                sizeBytes,
                flags,
                MINIMUM_BLOCK_UNLESS_TOLD,
                WireSizes.PREFERRED_BLOCK,
                WireSizes.MAX_PAYLOAD,
                structuredReplies,
                allocationContext);
    }

    /**
     * The same export with the block sizes that the server told.
     *
     * @param maximum the largest payload as an unsigned number; all ones where there is no fixed limit
     * @throws WireFormatException if they are none that the protocol allows
     */
    NbdExport withBlocks(int minimum, int preferred, int maximum) throws WireFormatException {
        boolean minimumValid = Integer.bitCount(minimum) == 1 && minimum > 0 && minimum <= WireSizes.MAX_MINIMUM_BLOCK;
        boolean preferredValid = Integer.bitCount(preferred) == 1 && preferred > 0 && preferred >= minimum;
        long maximumBytes = Integer.toUnsignedLong(maximum);
        if (!minimumValid || !preferredValid || maximumBytes < logicalBlock(minimum)) {
            throw new WireFormatException("block sizes " + Integer.toUnsignedString(minimum) + ", "
                    + Integer.toUnsignedString(preferred) + ", " + maximumBytes
                    + ", expected powers of two that rise, the first of at most " + WireSizes.MAX_MINIMUM_BLOCK);
        }
        int payload = (int) Math.min(maximumBytes, WireSizes.MAX_PAYLOAD);
        return new NbdExport(
                sizeBytes,
                flags,
                minimum,
                preferred,
                payload - payload % logicalBlock(minimum),
                structuredReplies,
                allocationContext);
    }

    private static int logicalBlock(int minimumBlock) {
        return Math.max(Bio.SECTOR_SIZE, minimumBlock);
    }

    /** Whether the server set a bit of {@link TransmissionFlags}. */
    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The unit of bios, in bytes. */
    int logicalBlock() {
        return logicalBlock(minimumBlock);
    }

    /** The export's whole blocks, in sectors: what stands behind the last one cannot be addressed. */
    long sectors() {
        return (sizeBytes & -(long) logicalBlock()) >> Bio.SECTOR_SHIFT;
    }

    /** The most bytes that one TRIM, WRITE_ZEROES or BLOCK_STATUS covers. */
    long maximumEffectBytes() {
        return MAX_EFFECT_BYTES & -(long) logicalBlock();
    }

    /** What the device can do. */
    QueueLimits limits() {
        long effectSectors = maximumEffectBytes() >> Bio.SECTOR_SHIFT;
        return QueueLimits.builder()
                .logicalBlockSize(logicalBlock())
                .ioMin(preferredBlock)
                .maxSectors(maximumPayload >> Bio.SECTOR_SHIFT)
                .maxDiscardSectors(has(TransmissionFlags.SEND_TRIM) ? effectSectors : 0)
                .discardGranularity(logicalBlock())
                .maxWriteZeroesSectors(has(TransmissionFlags.SEND_WRITE_ZEROES) ? effectSectors : 0)
                .fastZeroes(has(TransmissionFlags.SEND_FAST_ZERO))
                .writeCache(has(TransmissionFlags.SEND_FLUSH))
                .fua(has(TransmissionFlags.SEND_FUA))
                .rotational(has(TransmissionFlags.ROTATIONAL))
                .build();
    }

    /**
     * Whether a device that was opened on this export can go on with what the server says now.
     *
     * @param now from a later negotiation
     * @param readOnly whether the device never writes
     * @return what is missing, as the end of a sentence; null if nothing is
     */
    String changeTo(NbdExport now, boolean readOnly) {
        if (now.sectors() < sectors()) {
            return "it shrank from " + sizeBytes + " to " + now.sizeBytes + " bytes";
        }
        if (!readOnly && now.has(TransmissionFlags.READ_ONLY)) {
            return "it has become read-only";
        }
        if (now.minimumBlock > logicalBlock()) {
            return "its minimum block size rose from " + minimumBlock + " to " + now.minimumBlock + " bytes";
        }
        if (now.maximumPayload < maximumPayload) {
            return "its maximum payload fell from " + maximumPayload + " to " + now.maximumPayload + " bytes";
        }
        int lost = flags
                & ~now.flags
                & (TransmissionFlags.SEND_FLUSH
                        | TransmissionFlags.SEND_FUA
                        | TransmissionFlags.SEND_TRIM
                        | TransmissionFlags.SEND_WRITE_ZEROES
                        | TransmissionFlags.SEND_FAST_ZERO);
        if (lost != 0) {
            return String.format("it lost features (transmission flags 0x%x, they were 0x%x)", now.flags, flags);
        }
        return null;
    }
}
