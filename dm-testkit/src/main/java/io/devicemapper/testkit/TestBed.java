package io.devicemapper.testkit;

import io.devicemapper.target.TableText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The lower devices that one target is tested on, and what was written to it so far.
 *
 * <p>A target's author names the devices in {@link TargetConformanceTest#args} and asks for their content in
 * {@link TargetConformanceTest#expectedRead}. Each device is, from top to bottom: an {@link AssertingDevice} for each opening, a
 * {@link RecordingDevice}, a {@link FaultDevice}, and a {@link PowerCutDevice}, which hold a pattern at first and cost memory only for what is
 * written. Safe for use by several threads.
 */
public final class TestBed {
    private final BedDevices devices;
    private final String place;
    private final Map<String, BedDevice> byName = new LinkedHashMap<>();
    private final Map<Long, byte[]> lastWritten = new ConcurrentHashMap<>();

    TestBed(BedDevices devices, String place) {
        this.devices = devices;
        this.place = place;
    }

    /**
     * A device of the bed, made when it is first asked for.
     *
     * @param name any name, for {@link #content} and the others
     * @param sectors its size; beds for large devices have larger ones: see {@link #sectors}
     * @return its name for a table line, escaped where it must be
     */
    public String device(String name, long sectors) {
        return device(name, sectors(sectors), false);
    }

    /**
     * A device of the bed for what a target keeps for itself, such as metadata or copies of what is elsewhere. It holds zeroes at first and has the
     * same size in all beds. Its area need not be shown, and its errors need not be reported where the target can make them good.
     *
     * @param name any name, for {@link #content} and the others
     * @param sectors its size
     * @return its name for a table line, escaped where it must be
     */
    public String ownDevice(String name, long sectors) {
        return device(name, sectors, true);
    }

    private String device(String name, long sectors, boolean own) {
        synchronized (byName) {
            BedDevice known = byName.get(name);
            if (known == null) {
                known = devices.add(place + name, sectors, own);
                byName.put(name, known);
            } else if (known.disk().sectors() != sectors) {
                throw new IllegalArgumentException("device " + name + " has "
                        + known.disk().sectors() + " sectors already, and was asked for with " + sectors(sectors));
            }
            return TableText.escape(known.name());
        }
    }

    /**
     * A size as large as this bed wants it: what a target needs whose arguments hold sizes.
     *
     * @param sectors the size for a bed of common size
     */
    public long sectors(long sectors) {
        return sectors * devices.scale();
    }

    /**
     * What a device holds, past all faults.
     *
     * @param name as given to {@link #device}
     * @param sector the sector on that device
     * @return 512 bytes
     */
    public byte[] content(String name, long sector) {
        return find(name).disk().sector(sector);
    }

    /**
     * What was written last through the target.
     *
     * @param sector counted from the target's begin
     * @return 512 bytes; null if nothing was, so that nobody can tell what the sector holds
     */
    public byte[] lastWritten(long sector) {
        byte[] content = lastWritten.get(sector);
        return content == null ? null : content.clone();
    }

    /** Where a device of the bed can be told to fail. */
    public FaultDevice faults(String name) {
        return find(name).faults();
    }

    /** What has come to a device of the bed. */
    public RecordingDevice recorder(String name) {
        return find(name).recorder();
    }

    /** What all devices of the bed are plugged into. */
    public PowerCut power() {
        return devices.power();
    }

    /** What decides about all that is random in this bed. */
    public long seed() {
        return devices.seed();
    }

    void wrote(long sector, byte[] content) {
        lastWritten.put(sector, content);
    }

    /** Nobody knows any more what a sector holds. */
    void forget(long sector) {
        lastWritten.remove(sector);
    }

    /** The bed's devices in the order in which they were asked for. */
    List<BedDevice> all() {
        synchronized (byName) {
            return new ArrayList<>(byName.values());
        }
    }

    /** Whether the target keeps something for itself, and so may read, write and flush on its own, whenever it likes. */
    boolean hasOwn() {
        return all().stream().anyMatch(BedDevice::isOwn);
    }

    private BedDevice find(String name) {
        synchronized (byName) {
            BedDevice device = byName.get(name);
            if (device == null) {
                throw new IllegalArgumentException(
                        "no device " + name + " in the bed; known: " + String.join(", ", byName.keySet()));
            }
            return device;
        }
    }
}
