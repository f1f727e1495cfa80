package io.devicemapper.core;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTable;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The host's side of one target of a table: what {@code ctr} set, what it took, which bios it keeps, and the calls on the way of a bio. The other
 * calls into it are made through its {@link TargetCalls}; {@link TargetReports} tells what it does wrong.
 *
 * @param <S> the target's state
 */
final class TargetSlot<S> implements DmTarget<S>, TargetView {
    private final MappedDevice device;
    private final LoadedTable table;
    private final Registration registration;
    private final Extensions extensions;
    private final TargetType<S> type;
    private final long begin;
    private final long len;
    private final TargetReports reports;
    private final TargetCalls<S> calls;
    private final boolean hasEndIo;
    private final TargetThreads threads;
    private final List<ClaimedDevice> claims = new ArrayList<>();
    private final List<ProviderSource> pinned = new ArrayList<>();
    private final Set<Clone> kept = ConcurrentHashMap.newKeySet();
    private volatile boolean condemned;

    private S state;
    private volatile boolean constructing;
    private boolean constructed;
    private long maxIoLen;
    private int flushBios;
    private boolean flushesItself;
    private int discardBios;
    private int writeZeroesBios;
    private boolean discardsSupported;
    private boolean writeZeroesSupported;
    private boolean flushSupported;

    @SuppressWarnings("unchecked") // whatever state the type makes is what it gets back
    TargetSlot(
            MappedDevice device,
            LoadedTable table,
            Registration registration,
            Extensions extensions,
            long begin,
            long len) {
        this.device = device;
        this.table = table;
        this.registration = registration;
        this.extensions = extensions;
        this.type = (TargetType<S>) registration.type();
        this.begin = begin;
        this.len = len;
        this.reports = new TargetReports(device, registration, begin, extensions);
        this.calls = new TargetCalls<>(this, registration.source(), reports);
        this.hasEndIo = registration.hasEndIo();
        this.threads = new TargetThreads(device.name(), registration.source());
    }

    MappedDevice device() {
        return device;
    }

    Registration registration() {
        return registration;
    }

    /** Tells what this target does wrong. */
    TargetReports reports() {
        return reports;
    }

    /** Calls into this target's code, off the way of a bio. */
    TargetCalls<S> calls() {
        return calls;
    }

    void claimed(ClaimedDevice claim) {
        claims.add(claim);
    }

    List<ClaimedDevice> claims() {
        return claims;
    }

    /**
     * The claim on a device.
     *
     * @param name the device's name as a table line has it, in any way of writing it
     * @param device what that name means, or null
     * @throws TargetException if this target has not claimed it
     */
    ClaimedDevice claimOn(String name, BlockDevice device) throws TargetException {
        for (ClaimedDevice claim : claims) {
            if (claim.name().equals(name) || claim.lower() == device) {
                return claim;
            }
        }
        throw new TargetException("'" + name + "' is not a device of this target, which has "
                + String.join(", ", claims.stream().map(ClaimedDevice::name).toList()));
    }

    /** A piece of a bio has ended, or is held back. */
    void pieceLeft() {
        table.gate().leavePiece();
    }

    /** The target keeps a bio. */
    void kept(Clone clone) {
        kept.add(clone);
        if (condemned) {
            clone.takeAway();
        }
    }

    /** The target does not keep a bio any more, if it ever did. */
    void notKept(Clone clone) {
        kept.remove(clone);
    }

    /** Takes from the target, now and from now on, every bio that it keeps. */
    void condemn() {
        condemned = true;
        if (!kept.isEmpty()) {
            reports.blame("kept bios until they were taken from it, and failed", null);
        }
        kept.forEach(Clone::takeAway);
    }

    MapResult callMap(Clone clone) {
        return type.map(this, clone);
    }

    EndIo callEndIo(Clone clone, BioStatus status) {
        boolean before = MappedDevice.enterTarget();
        try {
            return type.endIo(this, clone, status);
        } finally {
            MappedDevice.exitTarget(before);
        }
    }

    boolean hasEndIo() {
        return hasEndIo;
    }

    /** How many copies of an operation the target gets. */
    int copies(BioOp op) {
        return switch (op) {
            case READ, WRITE -> 1;
            case FLUSH -> flushBios;
            case DISCARD -> discardBios;
            case WRITE_ZEROES -> writeZeroesBios;
        };
    }

    /** Whether flushes go to the target in numbered copies, rather than to the devices that it claimed. */
    boolean flushesItself() {
        return flushesItself;
    }

    boolean supportsDiscardsItself() {
        return discardsSupported;
    }

    boolean supportsWriteZeroesItself() {
        return writeZeroesSupported;
    }

    boolean needsFlush() {
        return flushSupported;
    }

    /**
     * How much of a range one piece may take: up to the target's end, and for reads and writes up to the next multiple of its longest I/O.
     */
    long pieceLength(BioOp op, long sectorInTarget, long sectors) {
        long length = Math.min(sectors, len - sectorInTarget);
        if (maxIoLen != 0 && op.hasPayload()) {
            length = Math.min(length, maxIoLen - sectorInTarget % maxIoLen);
        }
        return length;
    }

    @Override
    public long begin() {
        return begin;
    }

    @Override
    public long len() {
        return len;
    }

    @Override
    public DmTable table() {
        return table;
    }

    @Override
    public TargetType<S> type() {
        return type;
    }

    @Override
    public S state() {
        if (!constructed) {
            throw new IllegalStateException("the target's state is what ctr returns, and ctr has not returned");
        }
        return state;
    }

    @Override
    public List<DmDev> devices() {
        return Collections.unmodifiableList(claims);
    }

    @Override
    public String deviceName() {
        return device.name();
    }

    @Override
    public Object deviceIdentity() {
        return device;
    }

    @Override
    public void event() {
        if (device.isLive(table)) {
            device.raiseEvent();
        }
    }

    @Override
    public void flushFailed(BioStatus status) {
        if (status.isOk()) {
            throw new IllegalArgumentException("a flush that went well");
        }
        device.flushFailed(status);
    }

    @Override
    public System.Logger log() {
        return reports.log();
    }

    @Override
    public boolean isNoflushSuspending() {
        return device.isNoflushSuspending();
    }

    @Override
    public void retryRequeued() {
        device.retryRequeued(this);
    }

    @Override
    public void maxIoLen(long sectors) {
        inCtr();
        if (sectors <= 0) {
            throw new IllegalArgumentException("longest I/O of " + sectors + " sectors: not positive");
        }
        maxIoLen = sectors;
    }

    @Override
    public void flushBios(int copies) {
        flushBios = checked(copies);
        flushesItself = true;
    }

    @Override
    public void discardBios(int copies) {
        discardBios = checked(copies);
    }

    @Override
    public void writeZeroesBios(int copies) {
        writeZeroesBios = checked(copies);
    }

    @Override
    public void discardsSupported() {
        inCtr();
        discardsSupported = true;
    }

    @Override
    public void writeZeroesSupported() {
        inCtr();
        writeZeroesSupported = true;
    }

    @Override
    public void flushSupported() {
        inCtr();
        flushSupported = true;
    }

    @Override
    public ExecutorService worker(String name, int count) {
        inCtr();
        return threads.worker(name, count);
    }

    @Override
    public ScheduledExecutorService scheduler(String name) {
        inCtr();
        return threads.scheduler(name);
    }

    @Override
    public <P> List<P> providers(Class<P> service) {
        inCtr();
        return extensions.providers(service, this::pin);
    }

    /** Keeps a plugin that this target uses loaded until the target is gone. */
    private void pin(ProviderSource source) {
        source.addUser();
        pinned.add(source);
    }

    private int checked(int copies) {
        inCtr();
        if (copies < 0) {
            throw new IllegalArgumentException(copies + " copies: negative");
        }
        return copies;
    }

    private void inCtr() {
        if (!constructing) {
            throw new IllegalStateException("only ctr may do this");
        }
    }

    @Override
    public String typeName() {
        return registration.name();
    }

    @Override
    public String status(StatusType statusType) {
        return calls.status(statusType);
    }

    @Override
    public String tableWithKeys() {
        return calls.tableWithKeys();
    }

    /** Makes the target. What the constructor took stays with this slot, for {@link #destroy}, also if it throws. */
    void construct(TargetArgs args) throws TargetException {
        constructing = true;
        try {
            state = calls.ctr(args);
            constructed = true;
        } finally {
            constructing = false;
        }
        if (args.hasNext()) {
            throw new TargetException("Too many arguments (" + args.remaining() + " left over behind the "
                    + (args.size() - args.remaining()) + " that were expected)");
        }
    }

    /** Takes the target apart, and gives back its threads and devices. */
    void destroy() {
        calls.silence();
        if (constructed) {
            calls.dtr();
        }
        if (!threads.end()) {
            reports.blame("left a thread running that no interrupt ends", null);
        }
        for (ClaimedDevice claim : claims) {
            if (claim.ownBios() != 0) {
                reports.blame("left " + claim.ownBios() + " bios of its own open on " + claim.name(), null);
            }
            claim.opening().release();
        }
        claims.clear();
        pinned.forEach(ProviderSource::removeUser);
        pinned.clear();
        registration.source().removeUser();
    }

    @Override
    public String toString() {
        return device.name() + " " + begin + "+" + len + " " + registration.name();
    }
}
