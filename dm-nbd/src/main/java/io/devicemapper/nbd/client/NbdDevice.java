package io.devicemapper.nbd.client;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import java.io.IOException;

/**
 * An export of an NBD server as a block device.
 *
 * <p>{@link #submit} never sleeps: what the socket or the server cannot take yet is queued. A bio ends on the device's receiving
 * thread, or on a submitter's. While the connection is down bios wait for the next one, except those flagged FAILFAST.
 *
 * <h2>Durability</h2>
 *
 * <p>A flush that succeeds makes every write that had ended before it was submitted durable. If a connection breaks while
 * acknowledged writes are not flushed, the server may have died and lost them; the next flush then fails with {@link
 * BioStatus#MEDIUM}, once. A server without FLUSH cannot promise anything: flushes fail with {@link BioStatus#UNSUPPORTED}.
 */
final class NbdDevice extends BlockDevice {
    private final NbdUri uri;
    private final boolean readOnly;
    private final long sectors;
    private final QueueLimits limits;
    private final ConnectionKeeper keeper;
    private final RequestQueue queue;

    private NbdDevice(NbdUri uri, boolean readOnly, ConnectionKeeper keeper) {
        this.uri = uri;
        this.readOnly = readOnly;
        this.sectors = keeper.opened().sectors();
        this.limits = keeper.opened().limits();
        this.keeper = keeper;
        this.queue = keeper.queue();
    }

    /**
     * Connects and negotiates.
     *
     * @param readOnly whether writes are refused, whatever the server would do
     * @throws IOException if the export cannot be used; the message begins with the device's name
     */
    static NbdDevice open(NbdUri uri, boolean readOnly) throws IOException {
        return new NbdDevice(uri, readOnly, ConnectionKeeper.open(uri, readOnly));
    }

    @Override
    public String name() {
        return uri.text();
    }

    @Override
    public long sectors() {
        return sectors;
    }

    @Override
    public QueueLimits limits() {
        return limits;
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public long cacheLosses() {
        return queue.cacheLosses();
    }

    /** True on account of {@link #extents}, which waits for the server's answer. */
    @Override
    public boolean mayWait() {
        return true;
    }

    @Override
    protected void process(Bio bio) {
        if (!accept(bio)) {
            return;
        }
        if (bio.op() == BioOp.FLUSH && !limits.writeCache()) {
            // Without writes there is nothing to make durable; with them, nobody can promise it.
            bio.endIo(readOnly ? BioStatus.OK : BioStatus.UNSUPPORTED);
            return;
        }
        long maximumBytes = bio.op().hasPayload()
                ? keeper.opened().maximumPayload()
                : keeper.opened().maximumEffectBytes();
        if (bio.bytes() <= maximumBytes) {
            submit(NbdRequest.of(bio));
        } else {
            new SplitBio(bio, maximumBytes, this::submit).advance();
        }
    }

    private void submit(NbdRequest request) {
        Connection feed = queue.submit(request, !keeper.isReceivingThread());
        if (feed != null) {
            feed.send();
        }
    }

    /**
     * Asks the server, where it can tell. Waits for its answer, and for a connection if there is none, so it must not be called
     * where that is not allowed.
     */
    @Override
    public void extents(long sector, long sectors, ExtentVisitor visitor) throws IOException {
        if (keeper.isReceivingThread()) {
            throw new IllegalStateException(name() + ": extents asked for on the thread that would receive them");
        }
        if (keeper.current().allocationContext() == NbdExport.NO_CONTEXT) {
            visitor.visit(sector, sectors, ExtentType.DATA);
            return;
        }
        new ExtentWalk(sector, sectors, visitor).run(this::blockStatus);
    }

    private BlockStatusRequest blockStatus(long offsetBytes, long lengthBytes) throws IOException {
        BlockStatusRequest request = new BlockStatusRequest(
                offsetBytes, Math.min(lengthBytes, keeper.opened().maximumEffectBytes()));
        submit(request);
        BioStatus status = request.await();
        if (!status.isOk()) {
            throw new IOException(name() + ": " + request + ": " + status.text());
        }
        return request;
    }

    /** Takes leave of the server. What has not been answered fails with {@link BioStatus#TRANSPORT}. */
    @Override
    public void close() {
        keeper.close();
    }
}
