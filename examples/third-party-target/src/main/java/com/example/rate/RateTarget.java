package com.example.rate;

import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.io.IOException;

/**
 * A range of one device, read and written at no more than so many bytes per second: {@code rate <dev> <start> <limit>}.
 *
 * <p>Only bios with a payload count. The message {@code limit <bytes per second>} changes the limit. INFO status: bios that wait, that went
 * at once, and that had to wait.
 */
public final class RateTarget implements TargetType<RateTarget.Rate> {
    /** Where sector 0 of the target lies, and what bios wait for. */
    record Rate(DmDev dev, long startSector, Limiter limiter) {}

    @Override
    public String name() {
        return "rate";
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
    public Rate ctr(DmTarget<Rate> ti, TargetArgs args) throws TargetException {
        args.expectCount(3, "<dev> <start> <limit>");
        // The device last: to claim it may make a file, which a bad number must not leave behind.
        TargetArgs first = args.take(1);
        long startSector = args.sector("start");
        long limit = limit(args);
        ti.discardBios(1);
        ti.writeZeroesBios(1);
        DmDev dev = first.device("dev");
        Limiter limiter = new Limiter(limit, ti.scheduler("rate"), bio -> bio.remap(dev, startSector + bio.sector()));
        return new Rate(dev, startSector, limiter);
    }

    private static long limit(TargetArgs args) throws TargetException {
        return args.number("limit", 1, Limiter.MAX_BYTES_PER_SECOND);
    }

    @Override
    public MapResult map(DmTarget<Rate> ti, TargetBio bio) {
        Rate rate = ti.state();
        if (!bio.op().hasPayload() || rate.limiter.admit(bio)) {
            return bio.remap(rate.dev, rate.startSector + bio.sector());
        }
        return bio.submitted();
    }

    @Override
    public void presuspend(DmTarget<Rate> ti) {
        ti.state().limiter.open();
    }

    @Override
    public void presuspendUndo(DmTarget<Rate> ti) {
        ti.state().limiter.close();
    }

    @Override
    public void resume(DmTarget<Rate> ti) {
        ti.state().limiter.close();
    }

    @Override
    public String message(DmTarget<Rate> ti, TargetArgs args) throws TargetException {
        if (!args.next("message").equals("limit")) {
            throw args.error("Unknown message", "message", "limit <bytes per second>");
        }
        args.expectCount(2, "limit <bytes per second>");
        ti.state().limiter.limit(limit(args));
        return "";
    }

    @Override
    public String status(DmTarget<Rate> ti, StatusType type) {
        Rate rate = ti.state();
        return switch (type) {
            case INFO -> rate.limiter.counts();
            case TABLE -> rate.dev.tableName() + " " + rate.startSector + " " + rate.limiter.limit();
        };
    }

    @Override
    public void iterateDevices(DmTarget<Rate> ti, DeviceVisitor visitor) {
        visitor.visit(ti.state().dev, ti.state().startSector, ti.len());
    }

    @Override
    public void extents(DmTarget<Rate> ti, long sector, long sectors, ExtentVisitor visitor) throws IOException {
        Rate rate = ti.state();
        rate.dev.extents(
                rate.startSector + sector,
                sectors,
                (at, length, type) -> visitor.visit(at - rate.startSector, length, type));
    }
}
