package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A device that fails, or holds bios back, on demand; all else goes to the device that it wraps.
 *
 * <pre>{@code
 * FaultDevice disk = new FaultDevice(ram);
 * Fault bad = disk.fail(BioMatch.of(BioOp.WRITE).sectors(64, 8).nth(3), BioStatus.MEDIUM);
 * HeldBios flushes = disk.hold(BioMatch.of(BioOp.FLUSH));
 * }</pre>
 *
 * <p>Of several faults that match a bio, the one injected first strikes; the others neither see nor count it. Safe for use by
 * several threads.
 */
public final class FaultDevice extends ForwardingDevice {
    private final List<Fault> faults = new CopyOnWriteArrayList<>();

    /**
     * A device without faults so far.
     *
     * @param lower carries out what no fault strikes; closed with this device
     */
    public FaultDevice(BlockDevice lower) {
        super(lower);
    }

    /**
     * Bios that match fail without being carried out.
     *
     * @param match which
     * @param status how they end
     */
    public Fault fail(BioMatch match, BioStatus status) {
        return inject(new Failure(this, match, status, false));
    }

    /**
     * Bios that match are carried out, and then end with an error nevertheless: an answer that got lost.
     *
     * @param match which
     * @param status how they end if they were carried out well
     */
    public Fault failAfterwards(BioMatch match, BioStatus status) {
        return inject(new Failure(this, match, status, true));
    }

    /**
     * Bios that match stay under way until they are released.
     *
     * @param match which
     */
    public HeldBios hold(BioMatch match) {
        return inject(new HeldBios(this, match));
    }

    /** Removes all faults. What is held stays so until it is released. */
    public void removeAll() {
        faults.clear();
    }

    @Override
    protected void process(Bio bio) {
        for (Fault fault : faults) {
            if (fault.claims(bio)) {
                fault.strike(bio);
                return;
            }
        }
        pass(bio);
    }

    /** Carries a bio out, however many faults match it. */
    void pass(Bio bio) {
        forward(bio, (forwarded, status) -> bio.endIo(status));
    }

    void remove(Fault fault) {
        faults.remove(fault);
    }

    private <F extends Fault> F inject(F fault) {
        faults.add(fault);
        return fault;
    }

    /** A fault that ends bios with an error. */
    static final class Failure extends Fault {
        private final FaultDevice device;
        private final BioStatus failure;
        private final boolean afterwards;

        Failure(FaultDevice device, BioMatch match, BioStatus failure, boolean afterwards) {
            super(device, match);
            this.device = device;
            this.failure = failure;
            this.afterwards = afterwards;
        }

        @Override
        void strike(Bio bio) {
            if (afterwards) {
                device.forward(bio, (forwarded, status) -> bio.endIo(status.isOk() ? failure : status));
            } else {
                bio.endIo(failure);
            }
        }
    }
}
