package io.devicemapper.core;

import io.devicemapper.target.TargetFeature;
import java.util.List;

/** How a device's tables change places: into the inactive slot, and from there into service. */
final class TableSwap {
    private final MappedDevice device;

    TableSwap(MappedDevice device) {
        this.device = device;
    }

    /**
     * In an operation: puts a table into the inactive slot. The one that was there is gone then.
     *
     * @throws DmException if it must not replace the live one: then it is gone
     */
    void stage(LoadedTable table) throws DmException {
        boolean fits = false;
        try {
            checkReplaces(table);
            fits = true;
        } finally {
            if (!fits) {
                table.destroy();
            }
        }
        drop(device.stage(table));
    }

    private void checkReplaces(LoadedTable table) throws DmException {
        LoadedTable live = device.live();
        if (live == null || !live.has(TargetFeature.IMMUTABLE) || table.has(TargetFeature.WILDCARD)) {
            return;
        }
        String type = live.targets().get(0).typeName();
        if (!table.targets().get(0).typeName().equals(type)) {
            throw new DmException(DmError.INVALID, device.name() + ": can't replace immutable target type " + type);
        }
    }

    /** In an operation: drops the inactive table, if there is one. */
    void clear() {
        drop(device.stage(null));
    }

    private static void drop(LoadedTable table) {
        if (table != null) {
            table.destroy();
        }
    }

    /** In an operation: see {@link DeviceMapper#suspend}. */
    void suspend(SuspendFlag... flags) throws DmException {
        try {
            device.suspend(List.of(flags).contains(SuspendFlag.NOFLUSH));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DmException(
                    DmError.INTERRUPTED, device.name() + ": interrupted while waiting for bios under way", e);
        }
    }

    /** See {@link DeviceMapper#resume}. */
    void resume(SuspendFlag... flags) throws DmException {
        device.control().run(() -> {
            LoadedTable next = device.inactive();
            if (next != null) {
                swap(next, flags);
            } else if (device.isSuspended()) {
                if (device.live() == null) {
                    throw new DmException(
                            DmError.INVALID,
                            device.name() + ": cannot resume: the device is suspended and has no table");
                }
                resumeOld();
            }
            return null;
        });
    }

    private void swap(LoadedTable next, SuspendFlag... flags) throws DmException {
        boolean wasSuspended = device.isSuspended();
        LoadedTable old = null;
        boolean done = false;
        try {
            boolean keepsLimits = device.live() != null && next.hasNoDataDevices();
            next.limits(keepsLimits ? device.live().limits() : TableBuilder.stackedLimits(next));
            if (!wasSuspended) {
                suspend(flags);
            }
            next.preresume();
            device.stage(null);
            old = device.swap(next);
            device.resume();
            done = true;
        } catch (DmException e) {
            done = e.error()
                    == DmError.INTERRUPTED; // the device goes on as it was, and the next resume finds the table
            throw e;
        } finally {
            if (!done) {
                goOnWithout(next, wasSuspended);
            }
        }
        drop(old);
    }

    /** A new table could not go live: it is dropped, and the old one put back into service. */
    private void goOnWithout(LoadedTable next, boolean wasSuspended) throws DmException {
        device.stage(null);
        next.destroy();
        if (!wasSuspended && device.isSuspended()) {
            resumeOld();
        }
    }

    private void resumeOld() throws DmException {
        if (device.live() != null) {
            device.live().preresume();
        }
        device.resume();
    }
}
