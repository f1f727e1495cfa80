package io.devicemapper.nbd.client;

import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.Magic;
import io.devicemapper.nbd.protocol.WireSizes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A connection in the transmission phase. Any thread that the {@link RequestQueue} made the sender may {@link #send}; all else is
 * the receiving thread's.
 */
final class Connection {
    private final NbdSocket socket;
    private final RequestQueue queue;
    private final RequestSender sender;
    private final ReplyReceiver receiver;

    Connection(NbdSocket socket, NbdExport export, RequestQueue queue, TransferBuffers buffers) {
        this.socket = socket;
        this.queue = queue;
        this.sender = new RequestSender(socket.channel(), queue, buffers.send());
        this.receiver = new ReplyReceiver(socket.channel(), queue, export, buffers.receive());
        socket.key().interestOps(SelectionKey.OP_READ);
    }

    /**
     * For the thread that the queue made the sender: sends what is queued. Never waits and never throws; a failure is noted, and
     * dealt with by the receiving thread.
     */
    void send() {
        List<NbdRequest> answeredEarly = new ArrayList<>(0);
        try {
            if (!sender.send(answeredEarly)) {
                socket.key().interestOpsOr(SelectionKey.OP_WRITE);
                queue.parkSending();
                socket.selector().wakeup();
            }
        } catch (Throwable t) { // also an Error: the receiving thread would wait forever for the sender to end
            queue.sendingFailed(t);
            socket.selector().wakeup();
        }
        for (NbdRequest request : answeredEarly) {
            request.end(request.earlyAnswer);
        }
    }

    /**
     * Takes answers, and sends what submitters could not, until the device is closed or the connection breaks.
     *
     * @param requestTimeoutNanos how long the server may take for an answer, or {@link NbdUri#NEVER}
     * @param closed whether to return; whoever changes that wakes the selector up
     * @throws IOException says why the connection broke
     */
    void serve(long requestTimeoutNanos, BooleanSupplier closed) throws IOException {
        // A quarter of the time-out is precise enough, and costs nothing on the way of a bio.
        long selectMillis = requestTimeoutNanos == NbdUri.NEVER
                ? 0
                : Math.max(1, TimeUnit.NANOSECONDS.toMillis(requestTimeoutNanos / 4));
        while (true) {
            // What completions submitted on this thread leaves here, together.
            while (queue.claimSending()) {
                send();
            }
            if (closed.getAsBoolean()) {
                return;
            }
            // A completion may have left an interrupt behind; with it, no select would ever wait.
            Thread.interrupted();
            boolean ready = socket.selector().select(selectMillis) > 0;
            socket.selector().selectedKeys().clear();
            Throwable failure = queue.sendFailure();
            if (failure != null) {
                throw new IOException("sending failed: " + failure, failure);
            }
            if (ready) {
                transfer(socket.key().readyOps());
            }
            if (requestTimeoutNanos != NbdUri.NEVER
                    && queue.oldestSentAgeNanos(System.nanoTime()) > requestTimeoutNanos) {
                throw new GivenUpException("no answer to a request within "
                        + TimeUnit.NANOSECONDS.toSeconds(requestTimeoutNanos) + " seconds");
            }
        }
    }

    private void transfer(int readyOperations) throws IOException {
        if ((readyOperations & SelectionKey.OP_WRITE) != 0 && queue.claimParkedSending()) {
            socket.key().interestOpsAnd(~SelectionKey.OP_WRITE);
            send();
        }
        if ((readyOperations & SelectionKey.OP_READ) != 0) {
            receiver.receive();
        }
    }

    /**
     * Tells the server that we go, if the socket takes that at once. Nothing is sent afterwards.
     *
     * @param close whether the device is being closed
     */
    void disconnect(boolean close) throws IOException {
        if (queue.stopSending(close)) {
            ByteBuffer message = ByteBuffer.allocate(WireSizes.REQUEST)
                    .putInt(Magic.REQUEST)
                    .putShort((short) 0)
                    .putShort((short) Command.DISC);
            socket.channel().write(message.rewind());
        }
    }

    /** Whether the server has answered anything, so that it is worth a quick new attempt when it goes away. */
    boolean hasAnswered() {
        return receiver.hasAnswered();
    }
}
