package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * A block device made of the targets of a table: the kernel's {@code struct mapped_device}. Made and changed by {@link DeviceMapper}; used like any
 * other {@link BlockDevice}, by many threads at once.
 *
 * <p>A suspended device holds bios back and maps them at resume. A device without a live table, and one that was removed, fails them with
 * {@link BioStatus#IO}. {@link #close} does nothing: a device ends by {@link DeviceMapper#remove}.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/device-mapper/index.html">Linux: device mapper</a>
 */
public final class MappedDevice extends BlockDevice {
    /** The major number of every mapped device, as most kernels give it. */
    public static final int MAJOR = 253;

    private static final System.Logger LOG = System.getLogger(MappedDevice.class.getName());

    private final int minor;
    private final DeviceUsers users;
    private final IoCounters counters = new IoCounters();
    private volatile SuspendGate gate = new SuspendGate(counters);
    private final HeldBackBios heldBack;
    private final Executor submitter;
    private final DeviceControl control = new DeviceControl(this);

    private volatile String name;
    private volatile String uuid;
    private volatile LoadedTable live;
    private volatile LoadedTable inactive;
    private volatile long swaps;
    private final UntoldFlushFailure untoldFlushFailure = new UntoldFlushFailure();
    private volatile boolean suspended;
    private volatile boolean suspending;
    private volatile boolean noflushSuspending;

    private final Object events = new Object();
    private long eventNumber;

    MappedDevice(String name, String uuid, int minor, ClaimGraph claims, HostThreads threads) {
        this.name = name;
        this.uuid = uuid;
        this.minor = minor;
        this.submitter = threads.submitter();
        this.users = new DeviceUsers(this, claims, threads.remover());
        this.heldBack = new HeldBackBios(this, threads.timer(), submitter);
    }

    @Override
    public String name() {
        return name;
    }

    /** The uuid, if it was given one. */
    public Optional<String> uuid() {
        return Optional.ofNullable(uuid);
    }

    /** The major number, {@link #MAJOR}. */
    public int major() {
        return MAJOR;
    }

    /** The minor number, which never changes. */
    public int minor() {
        return minor;
    }

    /** Size of the live table in sectors, 0 without one. */
    @Override
    public long sectors() {
        LoadedTable table = live;
        return table == null ? 0 : table.sectors();
    }

    @Override
    public QueueLimits limits() {
        LoadedTable table = live;
        return table == null ? QueueLimits.DEFAULT : table.limits();
    }

    @Override
    public boolean isReadOnly() {
        LoadedTable table = live;
        return table != null && table.readOnly();
    }

    @Override
    public boolean mayWait() {
        LoadedTable table = live;
        return table != null && table.mayWait();
    }

    /** Those of the devices in use; a new table, which may use others, counts as one, and so does a failed flush of a target's own. */
    @Override
    public long cacheLosses() {
        LoadedTable table = live;
        return swaps + untoldFlushFailure.noted() + (table == null ? 0 : table.cacheLosses());
    }

    /** A target's own flush has failed: the next flush that comes from above has to. */
    void flushFailed(BioStatus status) {
        untoldFlushFailure.note(status);
        raiseEvent();
    }

    UntoldFlushFailure untoldFlushFailure() {
        return untoldFlushFailure;
    }

    /** Whether bios are held back. */
    public boolean isSuspended() {
        return suspended;
    }

    /** Whether the device will be removed when its last user has closed it. */
    public boolean isDeferredRemove() {
        return users.isDeferredRemove();
    }

    /** The table that bios are mapped by. */
    public Optional<TableView> liveTable() {
        return Optional.ofNullable(live);
    }

    /** The table that the next resume puts into service. */
    public Optional<TableView> inactiveTable() {
        return Optional.ofNullable(inactive);
    }

    /** What this device has been asked to do so far. */
    public DeviceStatistics statistics() {
        return DeviceStatistics.of(counters, gate.piecesInside());
    }

    /** How often an event was raised: by a target, or by a rename. */
    public long eventNumber() {
        synchronized (events) {
            return eventNumber;
        }
    }

    /**
     * Waits until the event number differs from the one given; returns at once if it does already.
     *
     * @return the event number then
     * @throws InterruptedException if interrupted while waiting
     */
    public long awaitEvent(long eventNumber) throws InterruptedException {
        synchronized (events) {
            while (this.eventNumber == eventNumber) {
                events.wait();
            }
            return this.eventNumber;
        }
    }

    void raiseEvent() {
        synchronized (events) {
            eventNumber++;
            events.notifyAll();
        }
    }

    /**
     * Opens the device: until the handle is closed, it cannot be removed.
     *
     * @param holder who opens it, as a message about a busy device should name him
     * @throws DmException if the device is being removed
     */
    public OpenHandle open(String holder) throws DmException {
        return users.open(holder);
    }

    /** How many users have the device open; a mapped device whose tables use it counts once. */
    public int openCount() {
        return holders().size();
    }

    /** Who has the device open. */
    public List<String> holders() {
        return users.holders();
    }

    /** Who uses the device, and whether it is about to go for want of users. */
    DeviceUsers users() {
        return users;
    }

    void rename(String newName) {
        name = newName;
        raiseEvent();
    }

    void setUuid(String newUuid) {
        uuid = newUuid;
        raiseEvent();
    }

    /** Runs the control operations on this device. */
    DeviceControl control() {
        return control;
    }

    /**
     * Refuses to go on inside a submission or a target's callback.
     *
     * @throws IllegalStateException there
     */
    static void requireOutsideSubmission(MappedDevice device) {
        if (mustNotBlock()) {
            throw new IllegalStateException(
                    device.name() + ": control operation inside a submission, map, endIo or completion");
        }
    }

    LoadedTable live() {
        return live;
    }

    LoadedTable inactive() {
        return inactive;
    }

    /** Puts a table into the inactive slot, or none. Returns the one that was there. */
    LoadedTable stage(LoadedTable table) {
        LoadedTable before = inactive;
        inactive = table;
        return before;
    }

    boolean isLive(LoadedTable table) {
        return live == table;
    }

    boolean isNoflushSuspending() {
        return noflushSuspending;
    }

    /**
     * Holds bios back, and waits until none is under way. If that fails, the device goes on as before.
     *
     * @throws InterruptedException if interrupted while waiting
     * @throws DmException if the wait gave way to a forced removal
     */
    void suspend(boolean noflush) throws InterruptedException, DmException {
        LoadedTable table = live;
        noflushSuspending = noflush;
        suspending = true;
        boolean done = false;
        try {
            if (table != null) {
                table.presuspend();
            }
            gate.close();
            done = control.await(() -> gate.awaitEmpty(control::isForced));
        } finally {
            if (!done) {
                undoSuspend(table);
            }
        }
        if (!done) {
            throw new DmException(
                    DmError.INTERRUPTED, name + ": the wait for bios under way gave way to a forced removal");
        }
        suspended = true;
        suspending = false;
        noflushSuspending = false;
        if (table != null) {
            table.postsuspend();
        }
    }

    private void undoSuspend(LoadedTable table) {
        if (table != null) {
            table.presuspendUndo();
        }
        suspending = false;
        noflushSuspending = false;
        letIn();
    }

    /** Puts another table into service. The device is suspended, so no bio sees the change. Returns the one before. */
    LoadedTable swap(LoadedTable table) {
        LoadedTable before = live;
        if (table != null) {
            table.gate(gate);
        }
        // What was lost below the old table must not be forgotten with it, or a sum could come out the same.
        swaps = swaps + 1 + (before == null ? 0 : before.cacheLosses());
        live = table;
        return before;
    }

    /** A suspend with noflush begins that does not wait for bios. Its end is {@link #replace}. */
    void beginEviction() {
        noflushSuspending = true;
        suspending = true;
    }

    /**
     * Puts another table, or none, into service in the place of one that is being evicted, and lets bios through.
     *
     * @param drained whether all bios have left; if not, those that stay leave by a gate of their own, and nobody waits for them
     */
    void replace(LoadedTable table, boolean drained) {
        if (!drained) {
            gate = gate.retire();
        }
        swap(table);
        suspending = false;
        noflushSuspending = false;
        resume();
    }

    /** The gate that bios enter by. */
    SuspendGate gate() {
        return gate;
    }

    /** Lets bios through again: the live table's targets have been prepared. */
    void resume() {
        LoadedTable table = live;
        if (table != null) {
            table.resume();
        }
        suspended = false;
        letIn();
    }

    private void letIn() {
        control.admit(gate.open());
        control.admit(heldBack.takeAll());
    }

    /** Submits a bio that was held back: here, or on a thread that may wait. */
    void resubmit(Bio bio) {
        if (mayWait()) {
            submitter.execute(() -> submit(bio));
        } else {
            submit(bio);
        }
    }

    /**
     * Fails the bios that are held back, and from now on those that would be, so that no device above waits for them. For a device mapper that
     * closes.
     */
    void refuseToWait() {
        List<Bio> waiting = gate.refuse();
        waiting.addAll(heldBack.refuse());
        waiting.forEach(bio -> bio.endIo(BioStatus.IO));
    }

    /** The last thing that happens to a suspended device: what it held back fails, as will all that comes. */
    void end() {
        live = null;
        suspended = false;
        letIn();
        control.end();
        BioStatus untold = untoldFlushFailure.pending();
        if (untold != null) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    () -> name + ": removed after a flush has failed (" + untold.text()
                            + ") that no client was told of: what was not flushed again since may be lost");
        }
    }

    @Override
    protected void process(Bio bio) {
        if (bio.has(BioFlags.PREFLUSH)) {
            FuaEmulation.submitPreflush(this, bio);
            return;
        }
        Clone heldBefore = bio instanceof Clone clone && clone.isHeldBackBy(this) ? clone : null;
        SuspendGate entered = gate;
        while (!entered.enter()) {
            if (entered.defer(bio)) {
                return;
            }
            entered = gate;
        }
        LoadedTable table = live;
        if (table != null && table.gate() != entered) { // it was put into service after the look at the gate
            entered.leavePiece();
            entered.leaveSubmission();
            process(bio);
            return;
        }
        try {
            if (heldBefore == null) {
                counters.submitted(counters.stripe(), bio.op(), bio.sectors());
            }
            if (heldBefore != null && heldBefore.belongsTo(table)) {
                heldBefore.mapAgain();
            } else {
                BioRouter.route(table, entered, bio);
            }
        } finally {
            entered.leaveSubmission();
        }
    }

    /** Keeps a bio that a target requeued. False if it has to fail, since a suspend is under way that waits for it. */
    boolean holdBack(Clone bio, TargetSlot<?> slot) {
        if (suspending && !noflushSuspending) {
            return false;
        }
        return heldBack.add(bio, slot);
    }

    void retryRequeued(TargetSlot<?> slot) {
        heldBack.retry(slot);
    }

    static boolean enterTarget() {
        return enterCallback();
    }

    static void exitTarget(boolean before) {
        exitCallback(before);
    }

    /**
     * {@inheritDoc}
     *
     * <p>While the device is suspended all is data.
     */
    @Override
    public void extents(long sector, long sectors, ExtentVisitor visitor) throws IOException {
        if (sectors < 1 || sector < 0) {
            throw new IllegalArgumentException("bad range: sector " + sector + ", length " + sectors);
        }
        SuspendGate entered = gate;
        if (!entered.enter()) {
            visitor.visit(sector, sectors, ExtentType.DATA);
            return;
        }
        try {
            LoadedTable table = live;
            if (table == null || sector > table.sectors() - sectors) {
                throw new IOException(name + ": extents of " + sector + "+" + sectors + ": beyond the end");
            }
            ExtentWalk.walk(table, sector, sectors, visitor);
        } finally {
            entered.leavePiece();
            entered.leaveSubmission();
        }
    }
}
