package io.devicemapper.nbd.client;

import io.devicemapper.block.BioStatus;
import io.devicemapper.block.Doubt;
import io.devicemapper.nbd.client.NbdRequest.Progress;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.WireSizes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The requests of one device, from submission to end, across any number of connections.
 *
 * <p>A submitter never waits: a request beyond the bounds of a connection, or while there is none, is kept here. The memory that
 * takes is the submitter's own. Waiting would not do, since a submitter may be the thread that completes another device's
 * requests, and two such devices could wait for each other.
 *
 * <p>A write, discard or write-zeroes that overlaps one which is not answered is held back until that one is. If the connection
 * breaks, at most one request for each byte is therefore in doubt; to send it again cannot undo a newer one.
 *
 * <p>Threads: any thread submits and sends, one of them at a time sending; a single one, the receiving thread, takes answers
 * and changes connections. Everything here is guarded by this object's monitor, which is held for a few list operations, and
 * never while a request ends.
 */
final class RequestQueue {
    /** Enough to fill a fast server, few enough to be fair to its other clients. A power of two. */
    static final int MAX_IN_FLIGHT = 128;

    /** Two of the largest payloads. A connection takes a request whatever its size if it carries no other. */
    static final long MAX_PAYLOAD_IN_FLIGHT_BYTES = 2L * WireSizes.MAX_PAYLOAD;

    /** How a flush ends that promises writes which may be lost: no other connection, and no other path, could mend that. */
    private static final BioStatus LOSS = BioStatus.MEDIUM;

    /** Who feeds the socket. */
    private enum Sender {
        /** Nobody: the next one with something to send does. */
        NONE,
        /** A thread is at it, and takes along what others queue. */
        ACTIVE,
        /** The socket is full; the receiving thread goes on when it has room. */
        PARKED
    }

    private final NbdRequest[] inFlight = new NbdRequest[MAX_IN_FLIGHT];
    private final int[] freeSlots = new int[MAX_IN_FLIGHT];
    private int freeSlotCount;
    private long payloadInFlightBytes;
    private final NbdRequest[] modifying = new NbdRequest[MAX_IN_FLIGHT];
    private int modifyingCount;

    /** In flight for the accounts, but no byte of it has been handed to the socket. */
    private final ArrayDeque<NbdRequest> toSend = new ArrayDeque<>();

    /** Waiting for room, or for a connection. */
    private final ArrayDeque<NbdRequest> backlog = new ArrayDeque<>();

    /** Waiting for the answer to a request that they overlap. */
    private final ArrayDeque<NbdRequest> heldBack = new ArrayDeque<>();

    private final FlushLedger ledger = new FlushLedger();
    private final boolean stampsTime;
    private long nextOrder;
    private long nextCookie;
    private Connection connection;
    private Sender sender = Sender.NONE;
    private boolean senderAwaited;
    private boolean sendingStopped;
    private Throwable sendFailure;
    private boolean waitingRefused;
    private boolean closed;

    /** @param stampsTime whether {@link #oldestSentAgeNanos} is needed */
    RequestQueue(boolean stampsTime) {
        this.stampsTime = stampsTime;
        for (int slot = MAX_IN_FLIGHT - 1; slot >= 0; slot--) {
            freeSlots[freeSlotCount++] = slot;
        }
    }

    /**
     * Takes a request in, or ends it at once.
     *
     * @param maySend false for the receiving thread, which sends what it submitted when it has taken all answers at hand
     * @return a connection that the caller has to {@link Connection#send feed} now, or null
     */
    Connection submit(NbdRequest request, boolean maySend) {
        BioStatus refusal;
        Connection feed = null;
        synchronized (this) {
            refusal = refusal(request);
            if (refusal == null) {
                request.order = nextOrder++;
                backlog.addLast(request);
                pump();
                feed = maySend ? claimSender() : null;
            }
        }
        if (refusal != null) {
            request.end(refusal);
        }
        return feed;
    }

    private BioStatus refusal(NbdRequest request) {
        if (closed || (connection == null && (waitingRefused || request.failFast))) {
            return BioStatus.TRANSPORT;
        }
        if (request.command == Command.FLUSH) {
            request.flushMark = ledger.mark();
            if (ledger.promisesSuspects(request.flushMark)) {
                ledger.lossReported(request.flushMark);
                return LOSS;
            }
        }
        return null;
    }

    /** Moves requests from the backlog onto the connection, as far as the bounds let it. */
    private void pump() {
        while (connection != null && freeSlotCount > 0 && !backlog.isEmpty()) {
            NbdRequest request = backlog.peekFirst();
            if (payloadInFlightBytes > 0
                    && payloadInFlightBytes + request.payloadBytes() > MAX_PAYLOAD_IN_FLIGHT_BYTES) {
                return;
            }
            backlog.removeFirst();
            NbdRequest obstacle = request.modifies() ? overlapping(request) : null;
            if (obstacle != null) {
                obstacle.holdsOthersBack = true;
                heldBack.addLast(request);
            } else {
                assign(request);
            }
        }
    }

    private NbdRequest overlapping(NbdRequest request) {
        for (int i = 0; i < modifyingCount; i++) {
            if (modifying[i].overlaps(request)) {
                return modifying[i];
            }
        }
        for (NbdRequest waiting : heldBack) {
            if (waiting.overlaps(request)) {
                return waiting;
            }
        }
        return null;
    }

    private void assign(NbdRequest request) {
        int slot = freeSlots[--freeSlotCount];
        request.cookie = nextCookie++ * MAX_IN_FLIGHT + slot;
        inFlight[slot] = request;
        payloadInFlightBytes += request.payloadBytes();
        if (request.modifies()) {
            request.modifyingIndex = modifyingCount;
            modifying[modifyingCount++] = request;
        }
        toSend.addLast(request);
    }

    private void unassign(NbdRequest request) {
        int slot = slotOf(request.cookie);
        inFlight[slot] = null;
        freeSlots[freeSlotCount++] = slot;
        payloadInFlightBytes -= request.payloadBytes();
        if (request.modifies()) {
            NbdRequest last = modifying[--modifyingCount];
            modifying[request.modifyingIndex] = last;
            last.modifyingIndex = request.modifyingIndex;
            modifying[modifyingCount] = null;
        }
    }

    private static int slotOf(long cookie) {
        return (int) (cookie & (MAX_IN_FLIGHT - 1));
    }

    private Connection claimSender() {
        if (connection == null || sender != Sender.NONE || sendFailure != null || sendingStopped || toSend.isEmpty()) {
            return null;
        }
        sender = Sender.ACTIVE;
        return connection;
    }

    /** For the receiving thread: whether it has to {@link Connection#send feed} the connection now. */
    synchronized boolean claimSending() {
        return claimSender() != null;
    }

    /** For the receiving thread, when the socket has room again: whether sending was parked, and is now the caller's task. */
    synchronized boolean claimParkedSending() {
        if (sender != Sender.PARKED) {
            return false;
        }
        sender = Sender.ACTIVE;
        return true;
    }

    /** The next request to send; null if there is none at the moment. */
    synchronized NbdRequest nextToSend() {
        NbdRequest request = sendingStopped ? null : toSend.pollFirst();
        if (request != null && stampsTime) {
            request.sentNanos = System.nanoTime();
        }
        return request;
    }

    /** The socket is about to take the first bytes, while others still stand in the payload: an answer is possible from now on. */
    synchronized void sending(NbdRequest request) {
        request.progress = Progress.SENDING;
    }

    /**
     * The request's payload is not looked at any more.
     *
     * @return true if the answer came before that: the caller must end the request, by {@link NbdRequest#end} with its {@code
     *     earlyAnswer}, once it is done with sending
     */
    synchronized boolean sent(NbdRequest request) {
        request.progress = Progress.SENT;
        if (request.earlyAnswer == null) {
            return false;
        }
        retire(request, request.earlyAnswer);
        return true;
    }

    /**
     * Ends sending if there is nothing left to send.
     *
     * @return false if there is, and the caller must go on
     */
    synchronized boolean finishSending() {
        if (!toSend.isEmpty() && !sendingStopped) {
            return false;
        }
        leaveSending(Sender.NONE);
        return true;
    }

    /** The socket is full. The caller has asked to be told when there is room again. */
    synchronized void parkSending() {
        leaveSending(Sender.PARKED);
    }

    /** Sending failed, and with it the connection. */
    synchronized void sendingFailed(Throwable cause) {
        sendFailure = cause;
        leaveSending(Sender.NONE);
    }

    private void leaveSending(Sender next) {
        sender = next;
        if (senderAwaited) {
            notifyAll();
        }
    }

    /** Why sending failed on the current connection; null if it did not. */
    synchronized Throwable sendFailure() {
        return sendFailure;
    }

    /** The request that an answer belongs to; null if none with this cookie has been sent and is still unanswered. */
    synchronized NbdRequest find(long cookie) {
        NbdRequest request = inFlight[slotOf(cookie)];
        boolean expectsAnswer = request != null
                && request.cookie == cookie
                && request.progress != Progress.UNSENT
                && request.earlyAnswer == null;
        return expectsAnswer ? request : null;
    }

    /** The server has answered: ends the request, unless its sender has still a hold on the payload and will do so. */
    void answered(NbdRequest request, BioStatus status) {
        synchronized (this) {
            if (request.progress == Progress.SENDING) {
                request.earlyAnswer = status;
                return;
            }
            retire(request, status);
        }
        request.end(status);
    }

    private void retire(NbdRequest request, BioStatus status) {
        unassign(request);
        account(request, status);
        if (request.holdsOthersBack) {
            returnHeldBack();
        }
        pump();
    }

    private void account(NbdRequest request, BioStatus status) {
        if (!status.isOk()) {
            return;
        }
        if (request.command == Command.FLUSH) {
            ledger.flushed(request.flushMark);
        } else if (request.leavesUnflushed()) {
            ledger.writeAcknowledged();
        }
    }

    private void returnHeldBack() {
        while (!heldBack.isEmpty()) {
            backlog.addFirst(heldBack.pollLast());
        }
    }

    /** How often writes may have been lost that were acknowledged and not flushed. */
    synchronized long cacheLosses() {
        return ledger.losses();
    }

    /** How long the oldest unanswered request has been waiting; 0 if there is none. For queues that stamp the time. */
    synchronized long oldestSentAgeNanos(long nowNanos) {
        long oldest = 0;
        for (NbdRequest request : inFlight) {
            if (request != null && request.progress != Progress.UNSENT) {
                oldest = Math.max(oldest, nowNanos - request.sentNanos);
            }
        }
        return oldest;
    }

    /** A connection is there: what waits may go out. The caller sends. */
    synchronized void connected(Connection connection) {
        this.connection = connection;
        sendFailure = null;
        sendingStopped = false;
        waitingRefused = false;
        pump();
    }

    /**
     * Whether requests are unanswered that change the export, and end when their connection does: the server may have received them, and
     * carry them out later.
     */
    synchronized boolean hasFailFastWritesUnderWay() {
        for (int i = 0; i < modifyingCount; i++) {
            if (mayArrive(modifying[i])) {
                return true;
            }
        }
        return false;
    }

    private static boolean mayArrive(NbdRequest request) {
        return request.failFast
                && request.modifies()
                && request.progress != Progress.UNSENT
                && request.earlyAnswer == null;
    }

    /**
     * The connection is at its end, for us. Ends what must not wait for another one, and keeps the rest for it, in the order in which it was
     * submitted.
     *
     * @param doubt until when the server may carry out what it has received, or null if it does not any more
     */
    void disconnected(Doubt doubt) {
        List<Runnable> endings = new ArrayList<>();
        synchronized (this) {
            awaitSender();
            connection = null;
            sender = Sender.NONE;
            toSend.clear();
            List<NbdRequest> unanswered = new ArrayList<>();
            for (NbdRequest request : inFlight.clone()) {
                if (request == null) {
                    continue;
                }
                unassign(request);
                BioStatus answer = request.earlyAnswer;
                if (answer != null) {
                    account(request, answer);
                    endings.add(() -> request.end(answer));
                } else {
                    unanswered.add(request);
                }
            }
            ledger.connectionLost();
            unanswered.addAll(heldBack);
            unanswered.addAll(backlog);
            heldBack.clear();
            backlog.clear();
            unanswered.sort(Comparator.comparingLong(request -> request.order));
            long reportedMark = -1;
            for (NbdRequest request : unanswered) {
                request.doubt = mayArrive(request) ? doubt : null;
                request.rewind();
                if (request.failFast) {
                    endings.add(() -> request.end(BioStatus.TRANSPORT));
                } else if (request.command == Command.FLUSH && ledger.promisesSuspects(request.flushMark)) {
                    reportedMark = Math.max(reportedMark, request.flushMark);
                    endings.add(() -> request.end(LOSS));
                } else {
                    backlog.addLast(request);
                }
            }
            // Only now: each flush that was under way promised the same lost writes, and all of them fail.
            if (reportedMark >= 0) {
                ledger.lossReported(reportedMark);
            }
        }
        endings.forEach(Runnable::run);
    }

    /** Until nobody looks at a payload any more. The channel is closed, so that takes no longer than to notice it. */
    private void awaitSender() {
        boolean interrupted = false;
        senderAwaited = true;
        while (sender == Sender.ACTIVE) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        senderAwaited = false;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Nothing more goes out over this connection; lets the sender come to its end.
     *
     * @param close whether the device is being closed, and takes no more requests
     * @return whether the last request that was begun has gone out whole, so that another message may follow it
     */
    synchronized boolean stopSending(boolean close) {
        closed |= close;
        sendingStopped = true;
        awaitSender();
        return sender == Sender.NONE && sendFailure == null;
    }

    /** The wait for a connection has lasted too long: ends all that waits, and refuses what comes until there is one. */
    void refuseWaiting() {
        endAll(false);
    }

    /** The device is closed: ends all that waits, and refuses what comes. After {@link #disconnected}. */
    void close() {
        endAll(true);
    }

    private void endAll(boolean close) {
        NbdRequest[] waiting;
        synchronized (this) {
            closed |= close;
            waitingRefused = true;
            waiting = backlog.toArray(new NbdRequest[0]);
            backlog.clear();
        }
        Arrays.asList(waiting).forEach(request -> request.end(BioStatus.TRANSPORT));
    }
}
