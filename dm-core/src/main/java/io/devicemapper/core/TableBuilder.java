package io.devicemapper.core;

import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DeviceMode;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetFeature;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a table from its lines, or nothing at all: the checks, in the order and the wording of the kernel's {@code dm-table.c}, then the targets'
 * constructors, then what their devices allow.
 */
final class TableBuilder {
    private final MappedDevice device;
    private final Extensions extensions;
    private final LowerDevices lowerDevices;
    private final Path directory;
    private final LoadedTable table;

    TableBuilder(
            MappedDevice device, Extensions extensions, LowerDevices lowerDevices, Path directory, boolean readOnly) {
        this.device = device;
        this.extensions = extensions;
        this.lowerDevices = lowerDevices;
        this.directory = directory;
        this.table = new LoadedTable(device, readOnly);
    }

    LoadedTable build(List<TableLine> lines) throws DmException {
        if (lines.isEmpty()) {
            throw new DmException(DmError.INVALID, device.name() + ": no targets specified: the table has no lines");
        }
        boolean done = false;
        try {
            for (TableLine line : lines) {
                add(line);
            }
            table.complete(stackedLimits(table));
            done = true;
            return table;
        } finally {
            if (!done) {
                table.destroy();
            }
        }
    }

    private void add(TableLine line) throws DmException {
        Registration registration = acquireType(line);
        TargetSlot<?> slot = new TargetSlot<>(device, table, registration, extensions, line.begin(), line.len());
        table.begin(slot, line.number());
        TargetArgs args = TargetArgs.split(line.args(), table.mode(), (name, mode) -> claim(slot, name, mode));
        try {
            slot.construct(args);
        } catch (TargetException e) {
            throw new DmException(
                    DmError.INVALID, where(line.number()) + line.type() + ": " + ThrownText.messageOf(e), e);
        }
    }

    /** The line's target type, whose source has the target as a user from now on, if the line may stand where it does. */
    private Registration acquireType(TableLine line) throws DmException {
        String where = where(line.number());
        Registration leader = leader();
        if (leader != null && leader.features().contains(TargetFeature.SINGLETON)) {
            throw refuse(where, "target type " + leader.name() + " must appear alone in table");
        }
        if (line.len() == 0) {
            throw refuse(where, "zero-length target");
        }
        if (line.begin() + line.len() > TableParser.MAX_SECTORS) {
            throw refuse(
                    where,
                    "too large device (it would end at sector " + (line.begin() + line.len()) + ", at most "
                            + TableParser.MAX_SECTORS + " are possible)");
        }
        Registration registration = extensions.registry().acquire(line.type());
        if (registration == null) {
            throw refuse(
                    where,
                    line.type() + ": unknown target type; known: "
                            + String.join(", ", extensions.registry().targetNames()));
        }
        try {
            checkPlace(line, registration, where + line.type() + ": ");
        } catch (DmException e) {
            registration.source().removeUser();
            throw e;
        }
        return registration;
    }

    /** The first target's type, which speaks for those behind it: a singleton has none there, and an immutable one only its own kind. */
    private Registration leader() {
        return table.slotsSoFar().isEmpty() ? null : table.slotsSoFar().get(0).registration();
    }

    private void checkPlace(TableLine line, Registration registration, String whereType) throws DmException {
        Registration leader = leader();
        if (registration.features().contains(TargetFeature.SINGLETON) && leader != null) {
            throw refuse(whereType, "singleton target type must appear alone in table");
        }
        if (registration.features().contains(TargetFeature.ALWAYS_WRITEABLE) && table.readOnly()) {
            throw refuse(whereType, "target type may not be included in a read-only table");
        }
        boolean immutable = registration.features().contains(TargetFeature.IMMUTABLE);
        if (leader != null
                && (immutable || leader.features().contains(TargetFeature.IMMUTABLE))
                && !leader.name().equals(line.type())) {
            throw refuse(whereType, "immutable target type cannot be mixed with other target types");
        }
        if (line.begin() != table.sectors()) {
            throw refuse(
                    whereType,
                    "Gap in table (starts at sector " + line.begin() + ", expected " + table.sectors()
                            + (line.begin() < table.sectors() ? ": overlap" : "") + ")");
        }
    }

    private DmDev claim(TargetSlot<?> slot, String name, DeviceMode mode) throws TargetException {
        for (ClaimedDevice claimed : slot.claims()) {
            if (claimed.name().equals(name) && claimed.mode() == mode) {
                return claimed;
            }
        }
        ClaimedDevice claim = new ClaimedDevice(slot, lowerDevices.open(name, directory, mode, device), name, mode);
        slot.claimed(claim);
        return claim;
    }

    private DmException refuse(String where, String reason) {
        return new DmException(DmError.INVALID, where + reason);
    }

    private String where(int lineNumber) {
        return device.name() + ": table line " + lineNumber + ": ";
    }

    /**
     * The limits that follow from a table's targets and the devices they use.
     *
     * @throws DmException if an area lies outside its device, or does not fit its blocks
     */
    static QueueLimits stackedLimits(LoadedTable table) throws DmException {
        QueueLimits stacked = LimitsStacking.START;
        List<TargetSlot<?>> slots = table.slotsSoFar();
        List<QueueLimits> ofTargets = new ArrayList<>(slots.size());
        boolean discards = true;
        boolean zeroes = true;
        boolean flush = false;
        for (int i = 0; i < slots.size(); i++) {
            TargetSlot<?> slot = slots.get(i);
            QueueLimits limits = TargetLimits.of(slot, table.lineNumber(i));
            ofTargets.add(limits);
            discards &= limits.maxDiscardSectors() > 0;
            zeroes &= limits.maxWriteZeroesSectors() > 0;
            flush |= slot.needsFlush();
            stacked = LimitsStacking.stack(stacked, limits, 0);
        }
        QueueLimits.Builder result = stacked.toBuilder();
        if (!discards) {
            result.maxDiscardSectors(0);
        }
        if (!zeroes) {
            result.maxWriteZeroesSectors(0);
        }
        result.writeCache(stacked.writeCache() || flush);
        QueueLimits limits = result.build();
        checkBoundaries(table, slots, ofTargets, limits.logicalBlockSectors());
        return limits;
    }

    /** Every bio that the device's logical block size allows must be divisible into pieces that its targets' block sizes allow. */
    private static void checkBoundaries(
            LoadedTable table, List<TargetSlot<?>> slots, List<QueueLimits> ofTargets, long deviceBlock)
            throws DmException {
        long remaining = 0;
        int last = slots.size() - 1;
        for (int i = 0; i <= last; i++) {
            TargetSlot<?> slot = slots.get(i);
            boolean divisible =
                    remaining >= slot.len() || remaining % ofTargets.get(i).logicalBlockSectors() == 0;
            long end = (slot.begin() + slot.len()) % deviceBlock;
            long next = end == 0 ? 0 : deviceBlock - end;
            if (!divisible || (i == last && next != 0)) {
                throw new DmException(
                        DmError.INVALID,
                        slot.device().name() + ": table line " + table.lineNumber(i) + " (start sect " + slot.begin()
                                + " len " + slot.len() + ") not aligned to h/w logical block size "
                                + (deviceBlock << 9));
            }
            remaining = next;
        }
    }
}
