package io.devicemapper.core;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The names, uuids and minor numbers of the mapped devices, each unique. Safe for use by several threads.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/dmsetup.8.html">dmsetup(8)</a>
 */
final class DeviceNames {
    private static final int MAX_NAME_BYTES = 127;
    private static final int MAX_UUID_BYTES = 128;
    private static final int MAX_MINOR = (1 << 20) - 1;

    private final TreeMap<String, MappedDevice> byName = new TreeMap<>();
    private boolean closed;

    interface DeviceMaker {
        MappedDevice make(int minor);
    }

    /** Makes a device under a name, a uuid and a minor number that are free; the lowest free minor if none is asked for. */
    synchronized MappedDevice add(String name, String uuid, OptionalInt wanted, DeviceMaker maker) throws DmException {
        if (closed) {
            throw new IllegalStateException("the device mapper is closed");
        }
        checkName(name);
        if (byName.containsKey(name)) {
            throw new DmException(DmError.EXISTS, name + ": a device of this name exists");
        }
        if (uuid != null) {
            checkUuid(name, uuid);
        }
        int minor = wanted.isPresent() ? checkMinor(name, wanted.getAsInt()) : lowestFreeMinor(name);
        MappedDevice device = maker.make(minor);
        byName.put(name, device);
        return device;
    }

    private int checkMinor(String name, int minor) throws DmException {
        if (minor < 0 || minor > MAX_MINOR) {
            throw new DmException(DmError.INVALID, name + ": minor number " + minor + ": expected 0 to " + MAX_MINOR);
        }
        Optional<MappedDevice> taken = find(d -> d.minor() == minor);
        if (taken.isPresent()) {
            throw new DmException(
                    DmError.EXISTS,
                    name + ": minor number " + minor + " is taken by "
                            + taken.get().name());
        }
        return minor;
    }

    private int lowestFreeMinor(String name) throws DmException {
        boolean[] taken = new boolean[byName.size() + 1];
        for (MappedDevice device : byName.values()) {
            if (device.minor() < taken.length) {
                taken[device.minor()] = true;
            }
        }
        int free = 0;
        while (taken[free]) {
            free++;
        }
        if (free > MAX_MINOR) {
            throw new DmException(DmError.BUSY, name + ": all " + (MAX_MINOR + 1) + " minor numbers are taken");
        }
        return free;
    }

    /** From now on no device can be added. Returns those that there are. */
    synchronized List<MappedDevice> close() {
        closed = true;
        return all();
    }

    synchronized void remove(MappedDevice device) {
        byName.remove(device.name(), device);
    }

    synchronized void rename(MappedDevice device, String newName) throws DmException {
        checkName(newName);
        requireThere(device);
        if (byName.containsKey(newName)) {
            throw new DmException(
                    DmError.EXISTS, device.name() + ": cannot be renamed: a device named " + newName + " exists");
        }
        byName.remove(device.name());
        byName.put(newName, device);
        device.rename(newName);
    }

    synchronized void setUuid(MappedDevice device, String uuid) throws DmException {
        requireThere(device);
        if (device.uuid().isPresent()) {
            throw new DmException(
                    DmError.INVALID,
                    device.name() + ": has a uuid, which cannot be changed: "
                            + device.uuid().get());
        }
        checkUuid(device.name(), uuid);
        device.setUuid(uuid);
    }

    private void checkUuid(String name, String uuid) throws DmException {
        int bytes = uuid.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > MAX_UUID_BYTES) {
            throw new DmException(
                    DmError.INVALID, name + ": uuid of " + bytes + " bytes: expected 1 to " + MAX_UUID_BYTES);
        }
        Optional<MappedDevice> taken = find(d -> d.uuid().equals(Optional.of(uuid)));
        if (taken.isPresent()) {
            throw new DmException(
                    DmError.EXISTS,
                    name + ": uuid " + uuid + " is taken by " + taken.get().name());
        }
    }

    private static void checkName(String name) throws DmException {
        if (name.isEmpty()) {
            throw new DmException(DmError.INVALID, "name not supplied when creating device");
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_NAME_BYTES) {
            throw new DmException(
                    DmError.INVALID,
                    "Name \"" + name + "\" too long: " + bytes + " bytes, expected at most " + MAX_NAME_BYTES);
        }
        if (name.indexOf('/') >= 0) {
            throw new DmException(DmError.INVALID, "Name \"" + name + "\" invalid. It contains \"/\".");
        }
        if (name.equals(".") || name.equals("..") || name.equals("control")) {
            throw new DmException(DmError.INVALID, "Name \"" + name + "\" invalid: it is reserved.");
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new DmException(DmError.INVALID, "device name with a control character");
        }
    }

    private void requireThere(MappedDevice device) throws DmException {
        if (byName.get(device.name()) != device) {
            throw new DmException(DmError.NO_SUCH_DEVICE, device.name() + ": Device does not exist.");
        }
    }

    synchronized Optional<MappedDevice> byName(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    synchronized Optional<MappedDevice> find(Predicate<MappedDevice> which) {
        return byName.values().stream().filter(which).findFirst();
    }

    /** All devices, by name. */
    synchronized List<MappedDevice> all() {
        return new ArrayList<>(byName.values());
    }
}
