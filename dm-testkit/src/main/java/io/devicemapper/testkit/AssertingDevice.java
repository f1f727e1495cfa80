package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;

/**
 * Passes bios to the device that it wraps, and checks the contract between those above and those below. A breach is noted, with the
 * bio, and does not change what happens; {@link #check} tells.
 *
 * <p>Of those above: a range inside the device and in its blocks, operations and flags that it offers, no write to a read-only device, a payload that
 * nobody moves or, being a write's, changes while the bio is under way, no bio that they end themselves, none after the device was closed, and
 * none under way when it is.
 *
 * <p>Of those below: a payload whose position and limit stay where they are, extents in order, without gaps and inside the range.
 *
 * <p>After a failed read the payload is scribbled over: it holds data only if the read went well. Safe for use by several threads.
 */
public final class AssertingDevice extends ForwardingDevice {
    private static final int MAX_NOTED = 20;
    private static final byte SCRIBBLE = (byte) 0xDB;

    private final List<String> breaches = new ArrayList<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final boolean cutsLongRanges;
    private volatile boolean closed;

    /**
     * Checks what happens between a device and those above.
     *
     * @param lower carries out the bios; closed with this device
     */
    public AssertingDevice(BlockDevice lower) {
        this(lower, false);
    }

    private AssertingDevice(BlockDevice lower, boolean cutsLongRanges) {
        super(lower);
        this.cutsLongRanges = cutsLongRanges;
    }

    /** As the constructor, for a mapped device, which cuts discards and write-zeroes that are longer than its devices take. */
    static AssertingDevice ofMapped(BlockDevice mapped) {
        return new AssertingDevice(mapped, true);
    }

    /** The breaches found so far, the first twenty of them. */
    public List<String> breaches() {
        synchronized (breaches) {
            return List.copyOf(breaches);
        }
    }

    /**
     * Tells whether all has been well so far.
     *
     * @throws AssertionError if there were breaches
     */
    public void check() {
        List<String> found = breaches();
        if (!found.isEmpty()) {
            throw new AssertionError(String.join("\n", found));
        }
    }

    /** How many bios have come and have not ended. */
    public int inFlight() {
        return inFlight.get();
    }

    private void breach(String what) {
        synchronized (breaches) {
            if (breaches.size() < MAX_NOTED) {
                breaches.add(name() + ": " + what);
            }
        }
    }

    @Override
    protected void process(Bio bio) {
        checkRequest(bio);
        ByteBuffer payload = bio.payload();
        int position = payload == null ? 0 : payload.position();
        int limit = payload == null ? 0 : payload.limit();
        long sum = bio.op() == BioOp.WRITE ? sum(payload, position, limit) : 0;
        String request = bio.toString();
        inFlight.incrementAndGet();
        forward(bio, (forwarded, status) -> {
            boolean known = !forwarded.payloadAbandoned(); // or else anybody may use the payload, at any time
            if (known && payload != null && (payload.position() != position || payload.limit() != limit)) {
                breach(request + ": the payload's position and limit were " + position + " and " + limit + ", now "
                        + payload.position() + " and " + payload.limit());
            }
            if (known && bio.op() == BioOp.WRITE && sum(payload, position, limit) != sum) {
                breach(request + ": the write's payload was changed while it was under way");
            }
            if (known && bio.op() == BioOp.READ && !status.isOk()) {
                for (int at = position; at < limit; at++) {
                    payload.put(at, SCRIBBLE);
                }
            }
            inFlight.decrementAndGet();
            if (!bio.endIo(status)) {
                breach(request + ": was ended from above while it was under way");
            }
        });
    }

    private static long sum(ByteBuffer payload, int position, int limit) {
        ByteBuffer all = payload.duplicate();
        all.limit(limit).position(position);
        CRC32 sum = new CRC32();
        sum.update(all);
        return sum.getValue();
    }

    private void checkRequest(Bio bio) {
        QueueLimits limits = limits();
        if (closed) {
            breach(bio + ": came after the device was closed");
        }
        if (bio.hasEnded()) {
            breach(bio + ": had ended before it came");
        }
        if (bio.sector() > sectors() - bio.sectors()) {
            breach(bio + ": beyond the end, which is at " + sectors());
        }
        if (((bio.sector() | bio.sectors()) & (limits.logicalBlockSectors() - 1)) != 0) {
            breach(bio + ": not in logical blocks of " + limits.logicalBlockSize() + " bytes");
        }
        if (bio.op().modifies() && isReadOnly()) {
            breach(bio + ": the device is open for reading only");
        }
        if (bio.has(BioFlags.FUA) && !limits.fua()) {
            breach(bio + ": the device has no FUA");
        }
        if ((bio.flags() & ~BioFlags.ALL) != 0) {
            breach(bio + ": unknown flags");
        }
        checkLength(bio, BioOp.DISCARD, limits.maxDiscardSectors());
        checkLength(bio, BioOp.WRITE_ZEROES, limits.maxWriteZeroesSectors());
        ByteBuffer payload = bio.payload();
        if (bio.op().hasPayload() && (payload == null || payload.remaining() != bio.bytes())) {
            breach(bio + ": a payload of " + (payload == null ? "no" : payload.remaining()) + " bytes");
        }
        if (bio.op() == BioOp.READ && payload != null && payload.isReadOnly()) {
            breach(bio + ": a payload that cannot be filled");
        }
    }

    private void checkLength(Bio bio, BioOp op, long longest) {
        if (bio.op() == op && (longest == 0 || (bio.sectors() > longest && !cutsLongRanges))) {
            breach(bio + ": longer than the " + longest + " sectors that the device takes");
        }
    }

    @Override
    public void extents(long sector, long sectors, ExtentVisitor visitor) throws IOException {
        if (sector < 0 || sectors < 1 || sector > sectors() - sectors) {
            breach("extents of " + sector + "+" + sectors + ": not a range of the device");
        }
        CheckedExtents checked = new CheckedExtents(sector, sectors, visitor);
        super.extents(sector, sectors, checked);
        if (!checked.ended && checked.next != sector + sectors) {
            breach("extents of " + sector + "+" + sectors + ": end at " + checked.next);
        }
    }

    private final class CheckedExtents implements ExtentVisitor {
        private final long end;
        private final ExtentVisitor visitor;
        private long next;
        private boolean ended;

        CheckedExtents(long sector, long sectors, ExtentVisitor visitor) {
            this.next = sector;
            this.end = sector + sectors;
            this.visitor = visitor;
        }

        @Override
        public boolean visit(long sector, long sectors, ExtentType type) {
            if (ended || sector != next || sectors < 1 || sectors > end - sector || type == null) {
                breach("extents: " + sector + "+" + sectors + " " + type + " where one at " + next
                        + (ended ? ", had the visitor not ended the walk," : "") + " was due; the range ends at "
                        + end);
            }
            next = sector + sectors;
            ended = !visitor.visit(sector, sectors, type);
            return !ended;
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        if (inFlight() != 0) {
            breach("closed while " + inFlight() + " bios were under way");
        }
        super.close();
    }
}
