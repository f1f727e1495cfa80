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

    /**
     * Removes the device, unless somebody has it open: then returns who.
     *
     * @throws DmException if it is gone already, or the wait for its bios was interrupted: then it stays
     */
    List<String> tryRemove() throws DmException {
        return device.control().run(() -> {
            List<String> holders = device.users().beginRemove();
            if (holders.isEmpty()) {
                end();
            }
            return holders;
        });
    }

    /** As {@link #tryRemove}, whoever has it open. */
    void discard() throws DmException {
        device.control().run(() -> {
            device.users().beginDiscard();
            end();
            return null;
        });
    }

    /**
     * Removes a device whose control operation under way does not end: its name is free at once, what it keeps fails, and all else follows when
     * that operation is over. Not in an operation.
     *
     * @return who has it open: then nothing is done
     */
    List<String> unlink(TableEviction eviction) {
        List<String> holders = device.users().beginRemove();
        if (!holders.isEmpty()) {
            return holders;
        }
        LOG.log(
                System.Logger.Level.ERROR,
                () -> device.name() + ": removed by force while a control operation on it does not end");
        names.remove(device);
        device.refuseToWait();
        LoadedTable live = device.live();
        if (live != null) {
            live.condemn();
        }
        device.control().endAfterOperation(() -> {
            eviction.run(null);
            device.end();
        });
        device.raiseEvent();
        return holders;
    }

    private void end() throws DmException {
        if (!device.isSuspended()) {
            boolean suspended = false;
            try {
                device.suspend(false);
                suspended = true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new DmException(
                        DmError.INTERRUPTED,
                        device.name() + ": interrupted while waiting for bios under way; not removed",
                        e);
            } finally {
                if (!suspended) {
                    device.users().cancelRemove();
                }
            }
        }
        LoadedTable live = device.live();
        LoadedTable inactive = device.stage(null);
        device.end();
        try {
            if (live != null) {
                live.destroy();
            }
            if (inactive != null) {
                inactive.destroy();
            }
        } finally {
            // Last: who finds the name free, or is woken by the event, finds the lower devices free as well.
            names.remove(device);
            device.raiseEvent();
        }
    }

    void removeInBackground() {
        try {
            tryRemove();
        } catch (DmException e) {
            if (e.error() == DmError.NO_SUCH_DEVICE) {
                return; // somebody else removed it, which is as good
            }
            LOG.log(System.Logger.Level.WARNING, e.getMessage());
        }
    }
}
