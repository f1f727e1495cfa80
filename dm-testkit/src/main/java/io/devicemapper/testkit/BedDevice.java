package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** One lower device of a {@link TestBed}, and who has it open. */
final class BedDevice {
    /** How much of a device is filled with a pattern at first; the rest of a larger one reads as zeroes. */
    private static final long PRELOADED_SECTORS = 1 << 14;

    private final String name;
    private final PowerCutDevice disk;
    private final FaultDevice faults;
    private final RecordingDevice recorder;
    private final boolean own;
    private final List<AssertingDevice> openings = new ArrayList<>();
    private int open;
    private boolean refusesToOpen;

    BedDevice(String name, PowerCutDevice disk, BlockDevice aboveDisk, boolean own) {
        this.name = name;
        this.disk = disk;
        this.faults = new FaultDevice(aboveDisk);
        this.recorder = new RecordingDevice(faults);
        this.own = own;
        if (own) {
            return;
        }
        int count = (int) Math.min(PRELOADED_SECTORS, disk.sectors());
        ByteBuffer pattern = new SectorPattern(name.hashCode()).sectors(0, count, Content.LOWER);
        disk.preload(0, pattern);
    }

    /** As a table names it, scheme included. */
    String name() {
        return name;
    }

    PowerCutDevice disk() {
        return disk;
    }

    FaultDevice faults() {
        return faults;
    }

    RecordingDevice recorder() {
        return recorder;
    }

    /** Whether it holds what is the target's alone: see {@link TestBed#ownDevice}. */
    boolean isOwn() {
        return own;
    }

    /** How often it is open now. */
    synchronized int open() {
        return open;
    }

    /** Whether the last one who opened it did so for reading only. */
    synchronized boolean lastOpenedReadOnly() {
        return openings.get(openings.size() - 1).isReadOnly();
    }

    /** Whether it was opened at all. */
    synchronized boolean wasOpened() {
        return !openings.isEmpty();
    }

    synchronized void refuseToOpen(boolean refuse) {
        refusesToOpen = refuse;
    }

    synchronized BlockDevice open(boolean readOnly) throws IOException {
        if (refusesToOpen) {
            throw new IOException(name + ": refuses to open, as the test wants it");
        }
        AssertingDevice opening = new AssertingDevice(new Opening(recorder, readOnly));
        openings.add(opening);
        open++;
        return opening;
    }

    synchronized List<String> breaches() {
        return openings.stream().flatMap(o -> o.breaches().stream()).toList();
    }

    private synchronized void closed() {
        open--;
    }

    private final class Opening extends ForwardingDevice {
        private final boolean readOnly;

        Opening(BlockDevice lower, boolean readOnly) {
            super(lower);
            this.readOnly = readOnly;
        }

        @Override
        public boolean isReadOnly() {
            return readOnly;
        }

        @Override
        protected void process(Bio bio) {
            forward(bio, (forwarded, status) -> bio.endIo(status));
        }

        @Override
        public void close() {
            closed();
        }
    }
}
