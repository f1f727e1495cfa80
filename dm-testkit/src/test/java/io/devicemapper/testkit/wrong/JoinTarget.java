package io.devicemapper.testkit.wrong;

import io.devicemapper.block.BioStatus;
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
 * {@code join <dev> <dev> <start>}: the first half of the target on one device and the second half on another, on each from {@code start} on. A target
 * that is right, with one of everything that can be got wrong; the wrong ones are made from it.
 */
public class JoinTarget implements TargetType<JoinTarget.Join> {
    /** Two halves. */
    public record Join(DmDev first, DmDev second, long startSector, long half) {
        DmDev dev(int copy) {
            return copy == 0 ? first : second;
        }
    }

    @Override
    public String name() {
        return "join";
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
    public Join ctr(DmTarget<Join> ti, TargetArgs args) throws TargetException {
        args.expectCount(3, "<dev> <dev> <start>");
        TargetArgs devices = args.take(2);
        long startSector = args.sector("start");
        if (ti.len() % 2 != 0) {
            throw new TargetException("Target length not divisible by two (" + ti.len() + " sectors)");
        }
        settings(ti);
        return new Join(devices.device("dev"), devices.device("dev"), startSector, ti.len() / 2);
    }

    /** What {@code ctr} sets. */
    void settings(DmTarget<Join> ti) {
        ti.maxIoLen(ti.len() / 2);
        ti.flushBios(2);
        ti.discardBios(2);
        ti.writeZeroesBios(2);
    }

    @Override
    public MapResult map(DmTarget<Join> ti, TargetBio bio) {
        Join join = ti.state();
        return switch (bio.op()) {
            case READ, WRITE -> mapData(ti, bio);
            case FLUSH -> bio.remap(join.dev(bio.copyNumber()), 0);
            case DISCARD, WRITE_ZEROES -> mapRange(join, bio);
        };
    }

    MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
        Join join = ti.state();
        boolean inFirst = bio.sector() < join.half;
        return bio.remap(inFirst ? join.first : join.second, join.startSector + bio.sector() % join.half);
    }

    MapResult mapRange(Join join, TargetBio bio) {
        long begin = bio.copyNumber() * join.half;
        long from = Math.max(bio.sector(), begin);
        long to = Math.min(bio.sector() + bio.sectors(), begin + join.half);
        if (from >= to) {
            return bio.complete(BioStatus.OK);
        }
        return bio.remap(join.dev(bio.copyNumber()), join.startSector + from - begin, to - from);
    }

    @Override
    public String status(DmTarget<Join> ti, StatusType type) {
        Join join = ti.state();
        return switch (type) {
            case INFO -> "";
            case TABLE -> join.first.tableName() + " " + join.second.tableName() + " " + join.startSector;
        };
    }

    @Override
    public String message(DmTarget<Join> ti, TargetArgs args) throws TargetException {
        if (!args.next("command").equals("ping")) {
            throw args.error("Unrecognised message", "command", "ping");
        }
        return "pong";
    }

    @Override
    public void iterateDevices(DmTarget<Join> ti, DeviceVisitor visitor) {
        Join join = ti.state();
        visitor.visit(join.first, join.startSector, join.half);
        visitor.visit(join.second, join.startSector, join.half);
    }

    @Override
    public void extents(DmTarget<Join> ti, long sector, long sectors, ExtentVisitor visitor) throws IOException {
        Join join = ti.state();
        boolean[] goOn = {true};
        for (int copy = 0; copy < 2 && goOn[0]; copy++) {
            long begin = copy * join.half;
            long shift = join.startSector - begin;
            long from = Math.max(sector, begin);
            long to = Math.min(sector + sectors, begin + join.half);
            if (from < to) {
                join.dev(copy).extents(from + shift, to - from, (at, length, type) -> {
                    goOn[0] = visitor.visit(at - shift, length, type);
                    return goOn[0];
                });
            }
        }
    }
}
