package io.devicemapper.nbd.client;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.nbd.protocol.Command;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/**
 * Asks the server for the extents of a range. Filled by the receiving thread, and read by the one that waits for it once it has
 * ended.
 */
final class BlockStatusRequest extends NbdRequest {
    /** The protocol's bound on the extents of one reply. */
    private static final int MAX_EXTENTS = 1 << 20;

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile BioStatus status;
    private long[] lengthsBytes = new long[16];
    private int[] allocationFlags = new int[16];
    private int count;
    private long coveredBytes;
    private boolean answered;

    BlockStatusRequest(long offsetBytes, long lengthBytes) {
        super(Command.BLOCK_STATUS, BioFlags.NONE, offsetBytes, lengthBytes, null, 0);
    }

    @Override
    void forgetAnswer() {
        count = 0;
        coveredBytes = 0;
        answered = false;
    }

    /**
     * The chunk with the extents begins.
     *
     * @return false if there was one before
     */
    boolean beginAnswer() {
        boolean first = !answered;
        answered = true;
        return first;
    }

    /**
     * Notes an extent.
     *
     * @return false if it is empty, if the one before it already reached the end of the range, or if there are too many
     */
    boolean addExtent(long lengthBytes, int flags) {
        if (lengthBytes == 0 || coveredBytes >= this.lengthBytes || count == MAX_EXTENTS) {
            return false;
        }
        if (count == lengthsBytes.length) {
            lengthsBytes = Arrays.copyOf(lengthsBytes, 2 * count);
            allocationFlags = Arrays.copyOf(allocationFlags, 2 * count);
        }
        // The last extent may reach beyond what was asked for, which is of no interest here.
        lengthsBytes[count] = Math.min(lengthBytes, this.lengthBytes - coveredBytes);
        allocationFlags[count] = flags;
        coveredBytes += lengthsBytes[count];
        count++;
        return true;
    }

    /** Whether at least one extent has arrived. */
    boolean hasExtents() {
        return count > 0;
    }

    @Override
    void ended(BioStatus status) {
        this.status = status;
        ended.countDown();
    }

    /** Waits until the request has ended; an interrupt does not cut that short. */
    BioStatus await() {
        boolean interrupted = false;
        while (true) {
            try {
                ended.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return status;
    }

    /** Number of extents of a request that ended well. */
    int count() {
        return count;
    }

    /** Length of an extent in bytes. */
    long lengthBytes(int index) {
        return lengthsBytes[index];
    }

    /** The bits of an extent. */
    int allocationFlags(int index) {
        return allocationFlags[index];
    }
}
