package io.devicemapper.core;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The operations that remove devices: one or all, now or when they are unused, waiting for their bios or by force. */
final class RemovalOperations {
    private final DeviceNames names;
    private final ClaimGraph claims;
    private final Extensions extensions;
    private final LowerDevices lowerDevices;
    private final HostThreads threads;
    private final Duration forcedRemovalWait;

    RemovalOperations(
            DeviceNames names,
            ClaimGraph claims,
            Extensions extensions,
            LowerDevices lowerDevices,
            HostThreads threads,
            Duration forcedRemovalWait) {
        this.names = names;
        this.claims = claims;
        this.extensions = extensions;
        this.lowerDevices = lowerDevices;
        this.threads = threads;
        this.forcedRemovalWait = forcedRemovalWait;
    }

    /** See {@link DeviceMapper#remove}. */
    void remove(MappedDevice device, List<RemoveFlag> flags) throws DmException {
        List<String> holders = tryRemove(device, flags);
        if (holders.isEmpty()) {
            return;
        }
        if (!flags.contains(RemoveFlag.DEFERRED)) {
            throw new DmException(
                    DmError.BUSY, device.name() + ": device is busy: held by " + String.join(", ", holders));
        }
        removeWhenUnused(device);
    }

    private void removeWhenUnused(MappedDevice device) {
        device.users().removeWhenUnused(new DeviceRemoval(names, device)::removeInBackground);
    }

    /** Removes a device, unless somebody has it open: then returns who. */
    private List<String> tryRemove(MappedDevice device, List<RemoveFlag> flags) throws DmException {
        DeviceRemoval removal = new DeviceRemoval(names, device);
        if (!flags.contains(RemoveFlag.FORCE)) {
            return removal.tryRemove();
        }
        TableEviction eviction = new TableEviction(device, lowerDevices, threads.remover(), forcedRemovalWait);
        return device.control()
                .force(
                        () -> {
                            eviction.run(errorTable(device));
                            return removal.tryRemove();
                        },
                        forcedRemovalWait,
                        () -> removal.unlink(eviction));
    }

    /** A table that fails every bio, of the size of the live one. Null if there is no live one, or no target type for that. */
    private LoadedTable errorTable(MappedDevice device) throws DmException {
        LoadedTable live = device.live();
        if (live == null || !extensions.registry().targetNames().contains(TableLine.ERROR_TARGET)) {
            return null;
        }
        Path nowhere = Path.of(""); // the table names no device
        LoadedTable table = new TableBuilder(device, extensions, lowerDevices, nowhere, live.readOnly())
                .build(List.of(TableLine.ofErrors(live.sectors())));
        boolean prepared = false;
        try {
            table.preresume();
            prepared = true;
            return table;
        } finally {
            if (!prepared) {
                table.destroy();
            }
        }
    }

    /** See {@link DeviceMapper#removeAll}. */
    List<MappedDevice> removeAll(List<RemoveFlag> flags) throws DmException {
        Deque<MappedDevice> candidates = new ArrayDeque<>(names.all());
        while (!candidates.isEmpty()) {
            MappedDevice device = candidates.removeFirst();
            List<MappedDevice> lowers = claims.lowersOf(device);
            if (unlessGone(() -> tryRemove(device, flags).isEmpty())) {
                lowers.forEach(candidates::addFirst); // which this one may have kept from being removed
            }
        }
        List<MappedDevice> left = names.all();
        if (flags.contains(RemoveFlag.DEFERRED)) {
            left.forEach(this::removeWhenUnused);
        }
        return left;
    }

    /** Removes all devices, upper ones first, whether open or not. No new ones come. */
    void discardAll() throws DmException {
        for (List<MappedDevice> stay = removeAll(List.of()); !stay.isEmpty(); stay = names.all()) {
            for (MappedDevice device : stay) {
                if (claims.holdersOf(device).isEmpty()) { // all but those that the others use
                    unlessGone(() -> {
                        new DeviceRemoval(names, device).discard();
                        return true;
                    });
                }
            }
        }
    }

    /** What an operation said about a device; false if somebody else removed the device meanwhile. */
    private static boolean unlessGone(DeviceControl.Operation<Boolean> operation) throws DmException {
        try {
            return operation.run();
        } catch (DmException e) {
            if (e.error() == DmError.NO_SUCH_DEVICE) {
                return false;
            }
            throw e;
        }
    }
}
