package io.devicemapper.testkit;

import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetFeature;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A target type as it is, and a record of what it answers, which the host would have smoothed. */
final class WatchedType<S> implements TargetType<S> {
    /** An area that the target said to use. */
    record Area(String device, long startSector, long sectors) {
        boolean contains(long sector, long count) {
            return sector >= startSector && sector + count <= startSector + sectors;
        }
    }

    private final TargetType<S> type;
    private final List<Area> areas = new CopyOnWriteArrayList<>();
    private final List<String> claimed = new CopyOnWriteArrayList<>();
    private final List<String> statusFaults = new CopyOnWriteArrayList<>();
    private final AtomicInteger constructed = new AtomicInteger();
    private final AtomicInteger destroyed = new AtomicInteger();

    private WatchedType(TargetType<S> type) {
        this.type = type;
    }

    static WatchedType<?> of(TargetType<?> type) {
        return new WatchedType<>(type);
    }

    /** The areas that it has shown, most of them several times. */
    List<Area> areas() {
        return areas;
    }

    /** The devices that its targets claimed. */
    List<String> claimed() {
        return claimed;
    }

    /** Status texts that were not on one line, or missing. */
    List<String> statusFaults() {
        return statusFaults;
    }

    int constructed() {
        return constructed.get();
    }

    int destroyed() {
        return destroyed.get();
    }

    @Override
    public String name() {
        return type.name();
    }

    @Override
    public Version version() {
        return type.version();
    }

    @Override
    public int apiLevel() {
        return type.apiLevel();
    }

    @Override
    public Set<TargetFeature> features() {
        return type.features();
    }

    @Override
    public S ctr(DmTarget<S> ti, TargetArgs args) throws TargetException {
        S state = type.ctr(ti, args);
        ti.devices().forEach(dev -> claimed.add(dev.name()));
        constructed.incrementAndGet();
        return state;
    }

    @Override
    public void dtr(DmTarget<S> ti) {
        destroyed.incrementAndGet();
        type.dtr(ti);
    }

    @Override
    public MapResult map(DmTarget<S> ti, TargetBio bio) {
        return type.map(ti, bio);
    }

    @Override
    public EndIo endIo(DmTarget<S> ti, TargetBio bio, BioStatus status) {
        return type.endIo(ti, bio, status);
    }

    @Override
    public String status(DmTarget<S> ti, StatusType statusType) {
        return checked(statusType.name(), type.status(ti, statusType));
    }

    @Override
    public String tableWithKeys(DmTarget<S> ti) {
        return checked("TABLE with keys", type.tableWithKeys(ti));
    }

    private String checked(String what, String text) {
        // One blank at the end is what the lines of some of the kernel's targets have, and scripts expect.
        boolean tidy = text != null && (text.equals(text.strip()) || text.equals(text.strip() + " "));
        if (!tidy || text.lines().count() > 1) {
            statusFaults.add(what + ": '" + text + "'");
        }
        return text;
    }

    @Override
    public String message(DmTarget<S> ti, TargetArgs args) throws TargetException {
        return type.message(ti, args);
    }

    @Override
    public void iterateDevices(DmTarget<S> ti, DeviceVisitor visitor) {
        type.iterateDevices(ti, (dev, startSector, sectors) -> {
            areas.add(new Area(dev.name(), startSector, sectors));
            visitor.visit(dev, startSector, sectors);
        });
    }

    @Override
    public void ioHints(DmTarget<S> ti, QueueLimits.Builder limits) {
        type.ioHints(ti, limits);
    }

    @Override
    public void extents(DmTarget<S> ti, long sector, long sectors, ExtentVisitor visitor) throws IOException {
        type.extents(ti, sector, sectors, visitor);
    }

    @Override
    public void presuspend(DmTarget<S> ti) {
        type.presuspend(ti);
    }

    @Override
    public void presuspendUndo(DmTarget<S> ti) {
        type.presuspendUndo(ti);
    }

    @Override
    public void postsuspend(DmTarget<S> ti) {
        type.postsuspend(ti);
    }

    @Override
    public void preresume(DmTarget<S> ti) throws TargetException {
        type.preresume(ti);
    }

    @Override
    public void resume(DmTarget<S> ti) {
        type.resume(ti);
    }
}
