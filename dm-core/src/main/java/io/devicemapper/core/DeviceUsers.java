package io.devicemapper.core;

import io.devicemapper.target.TargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** Who uses a mapped device: those who opened it, and the tables of others. Nobody can begin to while it is being removed. */
final class DeviceUsers {
    private final MappedDevice device;
    private final ClaimGraph claims;
    private final Executor remover;

    // Guarded by this.
    private final List<Handle> handles = new ArrayList<>();
    private boolean deferredRemove;
    private boolean removing;
    private Runnable whenUnused = () -> {};

    /**
     * No users yet.
     *
     * @param remover carries out a removal that waited for the last user
     */
    DeviceUsers(MappedDevice device, ClaimGraph claims, Executor remover) {
        this.device = device;
        this.claims = claims;
        this.remover = remover;
    }

    /** See {@link MappedDevice#open}. */
    synchronized OpenHandle open(String holder) throws DmException {
        if (removing) {
            throw new DmException(DmError.NO_SUCH_DEVICE, device.name() + ": the device is being removed");
        }
        Handle handle = new Handle(holder);
        handles.add(handle);
        return handle;
    }

    private final class Handle implements OpenHandle {
        private final String holder;

        Handle(String holder) {
            this.holder = holder;
        }

        @Override
        public MappedDevice device() {
            return device;
        }

        @Override
        public void close() {
            synchronized (DeviceUsers.this) {
                handles.remove(this);
            }
            unusedPerhaps();
        }
    }

    /** Who has the device open. */
    synchronized List<String> holders() {
        List<String> holders = new ArrayList<>();
        handles.forEach(handle -> holders.add(handle.holder));
        claims.holdersOf(device)
                .forEach(upper -> holders.add("mapped device " + upper.name()
                        + (upper.control().isGone() ? ", which was removed and has not ended yet" : "")));
        return holders;
    }

    /** A table of another device begins to use this one. */
    synchronized void claimFor(MappedDevice holder) throws TargetException {
        if (removing) {
            throw new TargetException("'" + device.name() + "' is being removed");
        }
        claims.claim(holder, device);
    }

    /** It does not any more. */
    void releaseFor(MappedDevice holder) {
        synchronized (this) {
            claims.release(holder, device);
        }
        unusedPerhaps();
    }

    /** Whether the device will be removed when its last user has closed it. */
    synchronized boolean isDeferredRemove() {
        return deferredRemove;
    }

    /** Notes that the device is about to go, unless somebody has it open; then, who. */
    synchronized List<String> beginRemove() {
        List<String> holders = holders();
        if (holders.isEmpty()) {
            removing = true;
        }
        return holders;
    }

    /** Notes that the device is about to go, whoever has it open. */
    synchronized void beginDiscard() {
        removing = true;
    }

    synchronized void cancelRemove() {
        removing = false;
    }

    /** Removes the device once it has no user. */
    void removeWhenUnused(Runnable remove) {
        synchronized (this) {
            deferredRemove = true;
            whenUnused = remove;
        }
        unusedPerhaps();
    }

    /** False if it is too late: the device is being removed. */
    synchronized boolean cancelDeferredRemove() {
        deferredRemove = false;
        whenUnused = () -> {};
        return !removing;
    }

    private void unusedPerhaps() {
        Runnable remove;
        synchronized (this) {
            if (!deferredRemove || removing || !holders().isEmpty()) {
                return;
            }
            remove = whenUnused;
        }
        remover.execute(remove);
    }
}
