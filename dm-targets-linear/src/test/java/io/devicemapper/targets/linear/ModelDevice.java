package io.devicemapper.targets.linear;

import java.util.ArrayList;
import java.util.List;

/** What a device is meant to be, told sector by sector: where each one lies on the disks at the bottom. */
final class ModelDevice {
    /** Where a sector lies. */
    record Place(ModelDevice disk, long sector) {}

    private interface Mapping {
        /** The next lower place of a sector of the segment; null if it has none. */
        Place below(long sector);
    }

    private record Segment(long begin, long end, Mapping mapping) {}

    private final String name;
    private final List<Segment> segments = new ArrayList<>();
    private final long[] content;
    private final StringBuilder table = new StringBuilder();
    private long sectors;
    private long used;

    private ModelDevice(String name, long sectors, long[] content) {
        this.name = name;
        this.sectors = sectors;
        this.content = content;
    }

    /** A disk at the bottom. Each of its sectors holds a number, at first 0. */
    static ModelDevice disk(String name, int sectors) {
        return new ModelDevice(name, sectors, new long[sectors]);
    }

    /** A mapped device without targets so far. */
    static ModelDevice mapped(String name) {
        return new ModelDevice(name, 0, null);
    }

    String name() {
        return name;
    }

    long sectors() {
        return sectors;
    }

    /** The lines of its table. */
    String table() {
        return table.toString();
    }

    long unused() {
        return sectors - used;
    }

    /** Takes an area that no other target uses, since what a write means that hits a sector twice is anybody's guess. */
    long take(long gap, long length) {
        long start = used + gap;
        used = start + length;
        return start;
    }

    void addLinear(ModelDevice dev, long start, long length) {
        add(length, "linear " + path(dev) + " " + start, o -> new Place(dev, start + o));
    }

    void addZero(long length) {
        add(length, "zero", o -> null);
    }

    void addStriped(List<ModelDevice> devs, List<Long> starts, long chunk, long length) {
        StringBuilder args = new StringBuilder("striped " + devs.size() + " " + chunk);
        for (int i = 0; i < devs.size(); i++) {
            args.append(' ').append(path(devs.get(i))).append(' ').append(starts.get(i));
        }
        add(length, args.toString(), o -> {
            // One chunk after the other is dealt out, as cards are.
            long chunksBefore = o / chunk;
            int stripe = Math.toIntExact(chunksBefore % devs.size());
            return new Place(devs.get(stripe), starts.get(stripe) + chunksBefore / devs.size() * chunk + o % chunk);
        });
    }

    private static String path(ModelDevice dev) {
        return dev.content == null ? "/dev/mapper/" + dev.name : dev.name;
    }

    private void add(long length, String target, Mapping mapping) {
        table.append(sectors)
                .append(' ')
                .append(length)
                .append(' ')
                .append(target)
                .append('\n');
        segments.add(new Segment(sectors, sectors + length, mapping));
        sectors += length;
    }

    private Place find(long sector) {
        if (content != null) {
            return new Place(this, sector);
        }
        for (Segment segment : segments) {
            if (sector >= segment.begin && sector < segment.end) {
                Place below = segment.mapping.below(sector - segment.begin);
                return below == null ? null : below.disk.find(below.sector);
            }
        }
        throw new IllegalArgumentException(name + " has no sector " + sector);
    }

    long get(long sector) {
        Place place = find(sector);
        return place == null ? 0 : place.disk.content[Math.toIntExact(place.sector)];
    }

    void set(long sector, long number) {
        Place place = find(sector);
        if (place != null) {
            place.disk.content[Math.toIntExact(place.sector)] = number;
        }
    }
}
