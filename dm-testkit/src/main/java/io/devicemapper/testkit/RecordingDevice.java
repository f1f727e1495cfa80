package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A device that remembers which bios came to it, and passes them to the one that it wraps.
 *
 * <pre>{@code
 * assertEquals(List.of("WRITE 8+16", "FLUSH"), disk.takeLog());
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class RecordingDevice extends ForwardingDevice {
    private final List<RecordedBio> bios = new ArrayList<>();
    private final AtomicInteger inFlight = new AtomicInteger();

    /**
     * A device with an empty record.
     *
     * @param lower carries out the bios; closed with this device
     */
    public RecordingDevice(BlockDevice lower) {
        super(lower);
    }

    @Override
    protected void process(Bio bio) {
        synchronized (bios) {
            bios.add(RecordedBio.of(bio));
        }
        inFlight.incrementAndGet();
        forward(bio, (forwarded, status) -> {
            inFlight.decrementAndGet();
            bio.endIo(status);
        });
    }

    /** What has come since the last {@link #take}, in the order in which it came. */
    public List<RecordedBio> bios() {
        synchronized (bios) {
            return List.copyOf(bios);
        }
    }

    /** As {@link #bios}, and forgets them. */
    public List<RecordedBio> take() {
        synchronized (bios) {
            List<RecordedBio> taken = List.copyOf(bios);
            bios.clear();
            return taken;
        }
    }

    /** As {@link #take}, in words: see {@link RecordedBio#toString}. */
    public List<String> takeLog() {
        return take().stream().map(RecordedBio::toString).toList();
    }

    /** How many bios have come and have not ended. */
    public int inFlight() {
        return inFlight.get();
    }
}
