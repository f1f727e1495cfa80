package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DeviceMode;
import io.devicemapper.target.DmDev;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/** One target's claim on a lower device. Clones pass it by, on their way to {@link #lower}; the target's own bios go through it. */
final class ClaimedDevice extends DmDev {
    private final TargetSlot<?> claimant;
    private final LowerDevices.Opening opening;
    private final BlockDevice lower;
    private final String name;
    private final DeviceMode mode;
    private final AtomicLong ownBios = new AtomicLong();

    ClaimedDevice(TargetSlot<?> claimant, LowerDevices.Opening opening, String name, DeviceMode mode) {
        this.claimant = claimant;
        this.opening = opening;
        this.lower = opening.device();
        this.name = name;
        this.mode = mode;
    }

    TargetSlot<?> claimant() {
        return claimant;
    }

    LowerDevices.Opening opening() {
        return opening;
    }

    BlockDevice lower() {
        return lower;
    }

    /** Bios that the target made itself and that have not ended. */
    long ownBios() {
        return ownBios.get();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DeviceMode mode() {
        return mode;
    }

    @Override
    public Object identity() {
        return lower;
    }

    @Override
    public long sectors() {
        return lower.sectors();
    }

    @Override
    public QueueLimits limits() {
        return lower.limits();
    }

    @Override
    public boolean isReadOnly() {
        return mode == DeviceMode.READ_ONLY;
    }

    @Override
    public boolean mayWait() {
        return lower.mayWait();
    }

    @Override
    public long cacheLosses() {
        return lower.cacheLosses();
    }

    @Override
    public void extents(long sector, long sectors, ExtentVisitor visitor) throws IOException {
        lower.extents(sector, sectors, visitor);
    }

    @Override
    protected void process(Bio bio) {
        if (bio.op().modifies() && isReadOnly()) {
            bio.endIo(BioStatus.NOT_PERMITTED);
            return;
        }
        ownBios.getAndIncrement();
        Bio counted = Bio.of(bio.op(), bio.flags(), bio.sector(), bio.sectors(), bio.payload(), (standIn, status) -> {
            ownBios.getAndDecrement();
            FuaEmulation.end(bio, standIn, status);
        });
        if (bio.has(BioFlags.PREFLUSH)) {
            FuaEmulation.submitPreflush(this, counted);
        } else if (bio.has(BioFlags.FUA) && !lower.limits().fua()) {
            FuaEmulation.submit(lower, counted);
        } else {
            lower.submit(counted);
        }
    }
}
