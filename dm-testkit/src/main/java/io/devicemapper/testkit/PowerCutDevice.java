package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongFunction;

/**
 * A disk with a volatile write cache, and a plug to pull. Reads see what was written last; after a {@link PowerCut} there is
 *
 * <ul>
 *   <li>what a flush had found completed, and what was written with FUA;
 *   <li>of the rest, each sector by itself, any of the contents that it was given since: see {@link PowerCut}.
 * </ul>
 *
 * <p>No tearing happens inside a sector. Discarded sectors read as zeroes. While the power is away, every bio fails with IO. All bios end on the
 * submitting thread. Safe for use by several threads.
 */
public final class PowerCutDevice extends PlainDevice {
    /** All operations, and a volatile write cache with FUA. */
    public static final QueueLimits LIMITS =
            ModelDevice.LIMITS.toBuilder().writeCache(true).build();

    /** How many contents that are not flushed are remembered for one sector; of more, the oldest are taken to be gone. */
    private static final int MAX_VERSIONS = 16;

    /** One content of a sector that is only in the cache. */
    private record Version(long write, ByteBuffer content) {}

    private final DeviceModel stable;
    private final PowerCut power;

    /** By sector, oldest first. Guarded, as all content is, by the power supply's monitor: a cut is one instant for all devices. */
    private final NavigableMap<Long, List<Version>> cached = new TreeMap<>();

    /**
     * A disk whose medium is a model.
     *
     * @param name the device's name, for messages
     * @param stable the medium: what is durable
     * @param limits what it can do
     * @param power what it is plugged into
     */
    public PowerCutDevice(String name, DeviceModel stable, QueueLimits limits, PowerCut power) {
        super(name, stable, limits);
        this.stable = stable;
        this.power = Objects.requireNonNull(power, "power");
        power.add(this);
    }

    /** A disk full of zeroes with {@link #LIMITS}. */
    public static PowerCutDevice create(String name, long sectors, PowerCut power) {
        return new PowerCutDevice(name, new DeviceModel(sectors), LIMITS, power);
    }

    /** What it is plugged into. */
    public PowerCut power() {
        return power;
    }

    /** What a read would return now, whatever the power: the cache's content over the medium's. */
    public DeviceModel content() {
        synchronized (power) {
            DeviceModel content = stable.copy();
            cached.forEach((sector, versions) -> {
                ByteBuffer latest = latest(versions);
                if (latest == null) {
                    content.zero(sector, 1);
                } else {
                    content.write(sector, latest);
                }
            });
            return content;
        }
    }

    /** What is durable now: the medium alone. */
    public DeviceModel durable() {
        synchronized (power) {
            return stable.copy();
        }
    }

    /** A copy of one sector's 512 bytes, as a read would return them. */
    public byte[] sector(long sector) {
        byte[] content = new byte[Bio.SECTOR_SIZE];
        synchronized (power) {
            read(sector, content);
        }
        return content;
    }

    /** Puts durable content onto the medium, past all bios, as a factory would. */
    public void preload(long sector, ByteBuffer content) {
        synchronized (power) {
            cached.subMap(sector, sector + (content.remaining() >> Bio.SECTOR_SHIFT))
                    .clear();
            stable.write(sector, content);
        }
    }

    @Override
    protected void process(Bio bio) {
        if (accept(bio)) {
            bio.endIo(carryOut(bio) ? BioStatus.OK : BioStatus.IO);
        }
    }

    private boolean carryOut(Bio bio) {
        synchronized (power) {
            boolean admitted =
                    switch (bio.op()) {
                        case READ -> !power.isCut();
                        case WRITE, DISCARD, WRITE_ZEROES -> power.admitsWrite();
                        case FLUSH -> power.admitsFlush();
                    };
            if (!admitted) {
                return false;
            }
            switch (bio.op()) {
                case READ -> readInto(bio);
                case WRITE -> write(bio);
                case DISCARD, WRITE_ZEROES -> zero(bio);
                case FLUSH -> flushAll();
            }
            return true;
        }
    }

    private void readInto(Bio bio) {
        ByteBuffer payload = bio.payload();
        byte[] content = new byte[Bio.SECTOR_SIZE];
        int at = payload.position();
        for (long sector = bio.sector(); sector < bio.sector() + bio.sectors(); sector++) {
            read(sector, content);
            payload.put(at, content);
            at += Bio.SECTOR_SIZE;
        }
    }

    private void read(long sector, byte[] content) {
        List<Version> versions = cached.get(sector);
        if (versions == null) {
            stable.read(sector, ByteBuffer.wrap(content));
        } else if (latest(versions) == null) {
            Arrays.fill(content, (byte) 0);
        } else {
            latest(versions).get(0, content);
        }
    }

    private void write(Bio bio) {
        ByteBuffer payload = bio.payload();
        if (bio.has(BioFlags.FUA)) {
            cached.subMap(bio.sector(), bio.sector() + bio.sectors()).clear();
            stable.write(bio.sector(), payload);
            return;
        }
        int at = payload.position();
        for (long sector = bio.sector(); sector < bio.sector() + bio.sectors(); sector++) {
            byte[] content = new byte[Bio.SECTOR_SIZE];
            payload.get(at, content);
            at += Bio.SECTOR_SIZE;
            remember(sector, ByteBuffer.wrap(content));
        }
    }

    private void zero(Bio bio) {
        long end = bio.sector() + bio.sectors();
        if (bio.has(BioFlags.FUA)) {
            cached.subMap(bio.sector(), end).clear();
            stable.zero(bio.sector(), bio.sectors());
            return;
        }
        // What was never written is zeroes before and after, so the range's length costs nothing.
        stable.written(bio.sector(), bio.sectors()).forEach(sector -> remember(sector, null));
        List.copyOf(cached.subMap(bio.sector(), end).entrySet()).stream()
                .filter(entry -> latest(entry.getValue()) != null)
                .forEach(entry -> remember(entry.getKey(), null));
    }

    private void remember(long sector, ByteBuffer content) {
        List<Version> versions = cached.computeIfAbsent(sector, s -> new ArrayList<>());
        if (versions.size() == MAX_VERSIONS) {
            versions.remove(0);
        }
        versions.add(new Version(power.writes(), content));
    }

    private void flushAll() {
        cached.forEach((sector, versions) -> settle(sector, latest(versions)));
        cached.clear();
    }

    private void settle(long sector, ByteBuffer content) {
        if (content == null) {
            stable.zero(sector, 1);
        } else {
            stable.write(sector, content);
        }
    }

    private static ByteBuffer latest(List<Version> versions) {
        return versions.get(versions.size() - 1).content();
    }

    /** The power is gone: decides what of the cache is on the medium, and forgets the rest. Called with the power's monitor held. */
    void powerLost(LongFunction<PowerCut.Fate> fates, boolean reordered, Random random) {
        cached.forEach((sector, versions) -> {
            List<Version> left = versions.stream()
                    .filter(version -> switch (fates.apply(version.write())) {
                        case LOST -> false;
                        case TORN -> random.nextBoolean();
                        case KEPT -> true;
                    })
                    .toList();
            if (!left.isEmpty()) {
                int survivor = reordered ? random.nextInt(left.size()) : left.size() - 1;
                settle(sector, left.get(survivor).content());
            }
        });
        cached.clear();
    }

    @Override
    public void extents(long sector, long sectors, ExtentVisitor visitor) {
        content().extents(sector, sectors, visitor);
    }
}
