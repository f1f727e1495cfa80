package io.devicemapper.core;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DeviceMode;
import io.devicemapper.target.DmTable;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetFeature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A table whose targets have been made. After {@link #complete} it never changes, so bios read it without a lock.
 */
final class LoadedTable implements DmTable, TableView {
    private final MappedDevice device;
    private final boolean readOnly;
    private final List<TargetSlot<?>> slots = new ArrayList<>();
    private final List<Integer> lineNumbers = new ArrayList<>();

    private TargetSlot<?>[] targets = {};
    private long[] ends = {};
    private long sectors;
    private QueueLimits limits = QueueLimits.DEFAULT;
    private boolean mayWait;
    private SuspendGate gate;
    private ClaimedDevice[] flushClaims = {};
    private TargetSlot<?>[] flushSlots = {};

    LoadedTable(MappedDevice device, boolean readOnly) {
        this.device = device;
        this.readOnly = readOnly;
    }

    void begin(TargetSlot<?> slot, int lineNumber) {
        slots.add(slot);
        lineNumbers.add(lineNumber);
        sectors = slot.begin() + slot.len();
    }

    /** All targets are there. */
    void complete(QueueLimits stacked) {
        targets = slots.toArray(TargetSlot<?>[]::new);
        ends = slots.stream().mapToLong(s -> s.begin() + s.len()).toArray();
        mayWait = claims().stream().anyMatch(BlockDevice::mayWait);
        Map<BlockDevice, ClaimedDevice> toFlush = new LinkedHashMap<>();
        for (TargetSlot<?> slot : slots) {
            if (!slot.flushesItself()) {
                slot.claims().stream()
                        .filter(c -> c.mode() == DeviceMode.READ_WRITE)
                        .forEach(c -> toFlush.putIfAbsent(c.lower(), c));
            }
        }
        flushClaims = toFlush.values().toArray(ClaimedDevice[]::new);
        flushSlots = slots.stream().filter(s -> s.copies(BioOp.FLUSH) > 0).toArray(TargetSlot<?>[]::new);
        limits = stacked;
        types().forEach(Registration::tableAdded);
    }

    /** New limits, when a lower device has changed since the table was loaded. Only before the table goes live. */
    void limits(QueueLimits stacked) {
        limits = stacked;
    }

    /** The table goes live behind a gate, by which all its bios leave. */
    void gate(SuspendGate behind) {
        gate = behind;
    }

    SuspendGate gate() {
        return gate;
    }

    /** Takes from the targets, now and from now on, every bio that they keep. */
    void condemn() {
        for (TargetSlot<?> slot : targets) {
            slot.condemn();
        }
    }

    private Set<Registration> types() {
        Set<Registration> types = Collections.newSetFromMap(new IdentityHashMap<>());
        for (TargetSlot<?> target : targets) {
            types.add(target.registration());
        }
        return types;
    }

    private List<ClaimedDevice> claims() {
        return slots.stream().flatMap(s -> s.claims().stream()).toList();
    }

    /** The target that a sector belongs to; the sector lies inside the table. O(log n). */
    TargetSlot<?> find(long sector) {
        return targets[indexOf(ends, sector)];
    }

    /**
     * The index of the first end that lies behind a sector; there is one.
     *
     * <p>Halves the range without a branch: which half it is cannot be predicted, and a wrong guess of the processor costs more
     * than the rest of a step.
     */
    static int indexOf(long[] ends, long sector) {
        int first = 0;
        for (int length = ends.length; length > 1; ) {
            int half = length >>> 1;
            first = ends[first + half - 1] <= sector ? first + half : first;
            length -= half;
        }
        return first;
    }

    /** What a flush that goes by this table has to tell beside its own end. */
    UntoldFlushFailure untoldFlushFailure() {
        return device.untoldFlushFailure();
    }

    /** How often the devices in use may have lost what they had acknowledged. */
    long cacheLosses() {
        long losses = 0;
        for (TargetSlot<?> target : targets) {
            for (ClaimedDevice claim : target.claims()) {
                losses += claim.cacheLosses();
            }
        }
        return losses;
    }

    /**
     * Whether all targets can tell which devices they use, and say that they use none, such as a multipath whose paths are all gone. Such
     * a table has no limits of its own.
     */
    boolean hasNoDataDevices() {
        boolean[] any = new boolean[1];
        for (TargetSlot<?> target : targets) {
            if (!target.registration().tellsDevices()) {
                return false;
            }
            target.calls().iterateDevices((dev, start, length) -> any[0] = true);
        }
        return !any[0];
    }

    /** Claims on the devices to flush for the targets that do not flush themselves, one for each device. */
    ClaimedDevice[] flushClaims() {
        return flushClaims;
    }

    /** The targets that get flushes of their own. */
    TargetSlot<?>[] flushSlots() {
        return flushSlots;
    }

    QueueLimits limits() {
        return limits;
    }

    int lineNumber(int index) {
        return lineNumbers.get(index);
    }

    List<TargetSlot<?>> slotsSoFar() {
        return slots;
    }

    boolean has(TargetFeature feature) {
        return slots.stream().anyMatch(s -> s.registration().features().contains(feature));
    }

    /** Where a device's table goes live, or is about to: what its targets have to prepare. Ends at the first that cannot. */
    void preresume() throws DmException {
        for (TargetSlot<?> slot : targets) {
            try {
                slot.calls().preresume();
            } catch (TargetException e) {
                throw new DmException(
                        DmError.INVALID, device.name() + ": " + slot.typeName() + ": " + ThrownText.messageOf(e), e);
            }
        }
    }

    void resume() {
        for (TargetSlot<?> slot : targets) {
            slot.calls().resume();
        }
    }

    void presuspend() {
        for (TargetSlot<?> slot : targets) {
            slot.calls().presuspend();
        }
    }

    void presuspendUndo() {
        for (TargetSlot<?> slot : targets) {
            slot.calls().presuspendUndo();
        }
    }

    void postsuspend() {
        for (TargetSlot<?> slot : targets) {
            slot.calls().postsuspend();
        }
    }

    /** Takes the targets apart, the last first, and gives back what they took. No bio is under way, nor will be. */
    void destroy() {
        types().forEach(Registration::tableRemoved);
        targets = new TargetSlot<?>[0];
        for (int i = slots.size() - 1; i >= 0; i--) {
            slots.get(i).destroy();
        }
        slots.clear();
    }

    @Override
    public long sectors() {
        return sectors;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public boolean mayWait() {
        return mayWait;
    }

    @Override
    public List<TargetSlot<?>> targets() {
        return List.of(targets);
    }

    @Override
    public List<Dependency> dependencies() {
        Map<BlockDevice, Dependency> byDevice = new LinkedHashMap<>();
        for (TargetSlot<?> slot : targets) {
            for (ClaimedDevice claim : slot.claims()) {
                byDevice.putIfAbsent(
                        claim.lower(),
                        new Dependency(
                                claim.name(),
                                Optional.ofNullable(claim.opening().mapped())));
            }
        }
        List<Dependency> latestFirst = new ArrayList<>(byDevice.values());
        Collections.reverse(latestFirst);
        return latestFirst;
    }

    @Override
    public String toString() {
        return device.name() + Arrays.toString(targets);
    }
}
