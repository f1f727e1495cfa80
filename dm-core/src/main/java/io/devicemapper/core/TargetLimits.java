package io.devicemapper.core;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DmDev;

/** The limits of one target: those of the areas it uses, and its own hints. */
final class TargetLimits {
    private final TargetSlot<?> slot;
    private final String where;
    private QueueLimits stacked = LimitsStacking.START;
    private boolean anyArea;
    private DmException refusal;

    private TargetLimits(TargetSlot<?> slot, int lineNumber) {
        this.slot = slot;
        this.where = slot.device().name() + ": table line " + lineNumber + ": " + slot.typeName() + ": ";
    }

    static QueueLimits of(TargetSlot<?> slot, int lineNumber) throws DmException {
        return new TargetLimits(slot, lineNumber).compute();
    }

    private QueueLimits compute() throws DmException {
        QueueLimits limits;
        try {
            slot.calls().iterateDevices(this::stack);
            QueueLimits.Builder hinted = stacked.toBuilder();
            slot.calls().ioHints(hinted);
            limits = hinted.build();
            int block = limits.logicalBlockSectors();
            slot.calls().iterateDevices((dev, start, length) -> checkArea(dev, start, length, block));
        } catch (Throwable e) { // whatever a target throws refuses its table, and nothing else
            throw new DmException(DmError.INVALID, where + "failed to tell its limits: " + ThrownText.of(e), e);
        }
        if (refusal != null) {
            throw refusal;
        }
        boolean discards = slot.copies(BioOp.DISCARD) > 0 && (anyArea || slot.supportsDiscardsItself());
        boolean zeroes = slot.copies(BioOp.WRITE_ZEROES) > 0 && (anyArea || slot.supportsWriteZeroesItself());
        return limits.toBuilder()
                .maxDiscardSectors(
                        !discards
                                ? 0
                                : slot.supportsDiscardsItself()
                                        ? ownOr(limits.maxDiscardSectors())
                                        : limits.maxDiscardSectors())
                .maxWriteZeroesSectors(
                        !zeroes
                                ? 0
                                : slot.supportsWriteZeroesItself()
                                        ? ownOr(limits.maxWriteZeroesSectors())
                                        : limits.maxWriteZeroesSectors())
                .build();
    }

    private static long ownOr(long fromDevices) {
        return fromDevices == 0 ? QueueLimits.UNLIMITED : fromDevices;
    }

    private void stack(DmDev dev, long startSector, long sectors) {
        anyArea = true;
        stacked = LimitsStacking.stack(stacked, dev.limits(), startSector);
    }

    private void checkArea(DmDev dev, long startSector, long sectors, int block) {
        long size = dev.sectors();
        String reason = null;
        if (size == 0) {
            return; // as in the kernel: a device that has no table yet may get one that fits
        }
        if (startSector < 0 || startSector >= size || sectors > size - startSector) {
            reason = dev.name() + " too small for target: start=" + startSector + ", len=" + sectors + ", dev_size="
                    + size;
        } else if (startSector % block != 0) {
            reason = "start=" + startSector + " not aligned to h/w logical block size " + (block << 9) + " of "
                    + dev.name();
        } else if (sectors % block != 0) {
            reason = "len=" + sectors + " not aligned to h/w logical block size " + (block << 9) + " of " + dev.name();
        }
        if (reason != null && refusal == null) {
            refusal = new DmException(DmError.INVALID, where + reason);
        }
    }
}
