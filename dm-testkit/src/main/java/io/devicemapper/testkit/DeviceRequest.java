package io.devicemapper.testkit;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Which device a rule of {@link BlockDeviceConformanceTest} wants, and what its author may make it from. For the thread that opens the device. */
public final class DeviceRequest {
    private final DeviceRig rig;
    private final String name;
    private final long sectors;
    private final boolean readOnly;
    private final Deque<AutoCloseable> closedAfter = new ArrayDeque<>();

    DeviceRequest(DeviceRig rig, String name, long sectors, boolean readOnly) {
        this.rig = rig;
        this.name = name;
        this.sectors = sectors;
        this.readOnly = readOnly;
    }

    /** Stands for one device as long as the rule runs: lower-case letters and digits. */
    public String name() {
        return name;
    }

    /** Its size in sectors of 512 bytes: exactly this. */
    public long sectors() {
        return sectors;
    }

    /** Whether it is to be opened for reading only. */
    public boolean readOnly() {
        return readOnly;
    }

    /** A folder for the files of this rule's devices: empty when the rule begins, deleted at its end. Its path is short enough for a Unix socket in it. */
    public Path folder() {
        return rig.folder();
    }

    /**
     * A disk for a device that stands on others: the same one for the same name as long as the rule runs, with a volatile cache, and a plug that the rules about
     * power cuts pull. A device that uses none is not asked what survives a power cut.
     *
     * @param diskName any name
     * @param diskSectors its size
     */
    public PowerCutDevice disk(String diskName, long diskSectors) {
        return rig.disk(diskName, diskSectors);
    }

    /**
     * Has something that this device needs closed, when the device has been: a server, say. What comes last is closed first.
     *
     * @return the same resource
     */
    public <R extends AutoCloseable> R closeAfter(R resource) {
        closedAfter.push(resource);
        return resource;
    }

    Deque<AutoCloseable> closedAfter() {
        return closedAfter;
    }
}
