package io.devicemapper.core;

import java.util.List;

/** The end of one mapped device. */
final class DeviceRemoval {
    private static final System.Logger LOG = System.getLogger(DeviceRemoval.class.getName());

    private final DeviceNames names;
    private final MappedDevice device;

    DeviceRemoval(DeviceNames names, MappedDevice device) {
        this.names = names;
        this.device = device;
    }

    /** Removes the device, unless somebody has it open: then returns who. */
    List<String> tryRemove() throws DmException {
        device.control.lock();
        try {
            List<String> holders = device.beginRemove();
            if (holders.isEmpty()) {
                end();
            }
            return holders;
        } finally {
            device.control.unlock();
        }
    }

    /** Removes the device whoever has it open. */
    void discard() throws DmException {
        device.control.lock();
        try {
            device.beginRemove();
            end();
        } finally {
            device.control.unlock();
        }
    }

    private void end() throws DmException {
        if (!device.isSuspended()) {
            try {
                device.suspend(false);
            } catch (InterruptedException e) {
                device.cancelRemove();
                Thread.currentThread().interrupt();
                throw new DmException(
                        DmError.INTERRUPTED,
                        device.name() + ": interrupted while waiting for bios under way; not removed",
                        e);
            }
        }
        names.remove(device);
        LoadedTable live = device.live();
        LoadedTable inactive = device.stage(null);
        device.end();
        if (live != null) {
            live.destroy();
        }
        if (inactive != null) {
            inactive.destroy();
        }
    }

    void removeInBackground() {
        try {
            tryRemove();
        } catch (DmException e) {
            LOG.log(System.Logger.Level.WARNING, e.getMessage());
        }
    }
}
