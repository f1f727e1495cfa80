package io.devicemapper.core;

import io.devicemapper.block.BioStatus;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetFeature;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** A target {@code <dev> <start>} that maps linearly unless a test says otherwise, and records its life. */
class ScriptedTarget implements TargetType<ScriptedTarget.State> {
    record State(DmDev dev, long start) {}

    interface Map {
        MapResult map(DmTarget<State> ti, TargetBio bio);
    }

    interface End {
        EndIo endIo(DmTarget<State> ti, TargetBio bio, BioStatus status);
    }

    private final List<String> life = Collections.synchronizedList(new ArrayList<>());
    volatile Map map = (ti, bio) -> linear(ti, bio);
    volatile End end = (ti, bio, status) -> EndIo.done(status);
    volatile Consumer<DmTarget<State>> settings = ti -> {};
    volatile Consumer<QueueLimits.Builder> hints = limits -> {};
    volatile BiConsumer<DmTarget<State>, DeviceVisitor> areas =
            (ti, visitor) -> ti.devices().forEach(dev -> visitor.visit(dev, 0, dev.sectors()));

    interface Answer {
        String to(TargetArgs args) throws TargetException;
    }

    volatile Answer answer = args -> "";
    volatile Runnable onDtr = () -> {};
    volatile Runnable onPresuspend = () -> {};
    volatile Runnable onPostsuspend = () -> {};
    volatile String preresumeFailure;
    private final String name;
    private final Set<TargetFeature> features;

    ScriptedTarget(String name, TargetFeature... features) {
        this.name = name;
        this.features = Set.of(features);
    }

    static MapResult linear(DmTarget<State> ti, TargetBio bio) {
        return bio.remap(ti.state().dev(), ti.state().start() + bio.sector());
    }

    final void note(String call) {
        life.add(call);
    }

    /** What has been called so far, in order: a copy, since other threads go on calling. */
    List<String> life() {
        return List.copyOf(life);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Version version() {
        return new Version(1, 0, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public Set<TargetFeature> features() {
        return features;
    }

    @Override
    public State ctr(DmTarget<State> ti, TargetArgs args) throws TargetException {
        args.expectCount(2, "<dev> <start>");
        DmDev dev = args.device("dev");
        long start = args.sector("start", "Invalid device sector");
        ti.discardBios(1);
        ti.writeZeroesBios(1);
        settings.accept(ti);
        note("ctr");
        return new State(dev, start);
    }

    @Override
    public MapResult map(DmTarget<State> ti, TargetBio bio) {
        return map.map(ti, bio);
    }

    @Override
    public EndIo endIo(DmTarget<State> ti, TargetBio bio, BioStatus status) {
        return end.endIo(ti, bio, status);
    }

    @Override
    public String message(DmTarget<State> ti, TargetArgs args) throws TargetException {
        return answer.to(args);
    }

    /** The area that a linear target uses. */
    static void linearArea(DmTarget<State> ti, DeviceVisitor visitor) {
        visitor.visit(ti.state().dev(), ti.state().start(), ti.len());
    }

    @Override
    public void iterateDevices(DmTarget<State> ti, DeviceVisitor visitor) {
        areas.accept(ti, visitor);
    }

    @Override
    public void ioHints(DmTarget<State> ti, QueueLimits.Builder limits) {
        hints.accept(limits);
    }

    @Override
    public void dtr(DmTarget<State> ti) {
        note("dtr");
        onDtr.run();
    }

    @Override
    public void presuspend(DmTarget<State> ti) {
        note("presuspend");
        onPresuspend.run();
    }

    @Override
    public void presuspendUndo(DmTarget<State> ti) {
        note("presuspendUndo");
    }

    @Override
    public void postsuspend(DmTarget<State> ti) {
        note("postsuspend");
        onPostsuspend.run();
    }

    @Override
    public void preresume(DmTarget<State> ti) throws TargetException {
        if (preresumeFailure != null) {
            throw new TargetException(preresumeFailure);
        }
        note("preresume");
    }

    @Override
    public void resume(DmTarget<State> ti) {
        note("resume");
    }
}
