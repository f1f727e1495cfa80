package io.devicemapper.nbd.server;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * The second phase of a connection: requests and replies.
 *
 * <p>One read takes in what the client has sent. Its requests are carried out one after another on the connection thread where the
 * device does not wait, and their replies leave together; a busy client's are allowed to gather ({@link Coalescing}), those of one that waits for each reply are
 * looked out for ({@link Polling}). A read's data goes straight into the reply, a write's comes straight
 * out of the input. What would sleep goes to the device's {@link Workers}, and is replied to by whoever ends it, so that this
 * thread goes on reading.
 *
 * <p>What a client can make the server hold is bounded: requests under way by number and by bytes, and replies that it does not
 * take, beyond which nothing more is read from it.
 */
final class Transmission {
    /** Requests of one client that may be under way on other threads. */
    static final int MAX_DETACHED = 1024;

    /** A client that lets so many bytes of replies lie is not read from until it takes them. */
    private static final long MAX_UNREAD_BYTES = 4 << 20;

    /** How long a client that said goodbye may take for its last replies. */
    private static final long FAREWELL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final ClientSocket socket;
    private final SharedDevice shared;
    private final BufferPool pool;
    private final BooleanSupplier serverStops;
    private final ReplyFormat format;
    private final ReplyWriter writer;
    private final WriteGate.Member member;
    private final AtomicLong account = new AtomicLong();
    private final AtomicInteger detached = new AtomicInteger();
    private final InputBuffer input;
    private final OutputBuffer output;
    private final Dispatcher dispatcher;
    private final RequestParser parser;
    private final Coalescing coalescing = new Coalescing();
    private final Polling polling = new Polling();
    private final Runnable wakeUp;

    /** Whether the connection thread sleeps until requests under way have ended. */
    private volatile boolean waitsForRequests;

    /** @param serverStops whether new requests are to be answered with ESHUTDOWN; woken up when that changes */
    Transmission(
            ClientSocket socket, Session session, SharedDevice shared, BufferPool pool, BooleanSupplier serverStops) {
        this.socket = socket;
        this.shared = shared;
        this.pool = pool;
        this.serverStops = serverStops;
        this.format = new ReplyFormat(session.structuredReplies());
        this.writer = new ReplyWriter(socket, pool, account, format, this::repliesQueued);
        this.input = new InputBuffer(socket, pool, account);
        this.output = new OutputBuffer(writer, format, pool, account);
        this.dispatcher = new Dispatcher(shared, output, detached);
        this.parser = new RequestParser(this, session, input, output, dispatcher);
        this.wakeUp = socket::wakeUp;
        this.member = shared.gate().join();
    }

    // What requests and jobs need, on any thread.

    SharedDevice shared() {
        return shared;
    }

    BlockDevice device() {
        return shared.device();
    }

    WriteGate gate() {
        return shared.gate();
    }

    WriteGate.Member member() {
        return member;
    }

    ReplyFormat format() {
        return format;
    }

    /** Memory that a request cannot do without. */
    PooledBuffer lend(int payloadBytes) {
        return pool.lend(payloadBytes, account);
    }

    /** Memory for a payload; null if the client has to wait for it. */
    PooledBuffer tryLend(int payloadBytes) {
        return pool.tryLend(payloadBytes, account);
    }

    /** Sends the reply to a detached request. */
    void complete(Reply reply) {
        writer.complete(reply);
    }

    /** Submits a flush from within a completion, where nothing may sleep. */
    void submitFlush(Bio flush) {
        if (device().mayWait()) {
            shared.slowWorkers().execute(new Workers.Queue(), () -> device().submit(flush));
        } else {
            device().submit(flush);
        }
    }

    boolean serverStops() {
        return serverStops.getAsBoolean();
    }

    /** Whether more requests may be taken from the client, besides those that are under way. */
    boolean hasRoom() {
        return detached.get() < MAX_DETACHED && !(writer.isFull() && writer.waitingBytes() > MAX_UNREAD_BYTES);
    }

    private void repliesQueued(int count) {
        int left = detached.addAndGet(-count);
        if (waitsForRequests || (left == 0 && serverStops())) {
            socket.wakeUp();
        }
    }

    /**
     * Serves the client until it leaves or the server stops, and returns when its last request has ended.
     *
     * @throws IOException if the client broke the protocol or the connection broke
     */
    void run() throws IOException {
        try {
            serve();
            awaitFarewell();
        } catch (Throwable t) {
            writer.abandon(t instanceof IOException e ? e : new IOException("the connection's thread failed", t));
            throw t;
        } finally {
            awaitRequests();
            parser.release();
            input.release();
            output.release();
            gate().leave(member);
        }
    }

    private void serve() throws IOException {
        while (true) {
            RequestParser.Outcome outcome = round();
            if (outcome == RequestParser.Outcome.NEEDS_ROOM) {
                outcome = awaitRoom();
            }
            if (outcome == RequestParser.Outcome.DISCONNECT || !receive()) {
                return;
            }
        }
    }

    /** Carries out what is at hand, as far as it goes. */
    private RequestParser.Outcome round() throws IOException {
        dispatcher.beginRound();
        RequestParser.Outcome outcome;
        try {
            outcome = parser.parse();
        } finally { // also where the client's next message makes no sense
            // An interrupt that a device left behind on this thread would close the channel.
            Thread.interrupted();
            output.send();
        }
        if (writer.broken() != null) {
            throw writer.broken();
        }
        return outcome;
    }

    private RequestParser.Outcome awaitRoom() throws IOException {
        waitsForRequests = true;
        pool.awaitRoom(wakeUp);
        try {
            // What was given back before these two wakes nobody: look once more, then sleep.
            RequestParser.Outcome outcome = round();
            while (outcome == RequestParser.Outcome.NEEDS_ROOM) {
                awaitSocket(0);
                outcome = round();
            }
            return outcome;
        } finally {
            pool.stopAwaiting(wakeUp);
            waitsForRequests = false;
        }
    }

    /** Takes in what the client sends next, sleeping if that seems to be some way off; false at the end of its stream. */
    private boolean receive() throws IOException {
        boolean sleptInDevice = dispatcher.sleptHere();
        // Where others carry requests out, they must get them at once.
        boolean paused = dispatcher.endsInSubmit() && coalescing.pauseIfItPays(parser.taken(), parser.takenBytes());
        if (!sleptInDevice && !paused && !parser.sawSeveral()) {
            long found = mayPoll() ? polling.pollIfItPays(parser::receive) : 0;
            if (found != 0) {
                return found > 0;
            }
            input.shrink();
            output.shrink();
            awaitSocket(SelectionKey.OP_READ);
        }
        long received = parser.receive();
        if (received > 0 && sleptInDevice) {
            dispatcher.othersCameMeanwhile();
        }
        return received > 0 || (received == 0 && !(serverStops() && isQuiet()));
    }

    /** Whether nothing but the client's next request can happen. */
    private boolean mayPoll() {
        return dispatcher.endsInSubmit() && detached.get() == 0 && !writer.isFull();
    }

    private void awaitSocket(int operations) throws IOException {
        socket.await(writer.isFull() ? operations | SelectionKey.OP_WRITE : operations, 0);
        if (writer.isFull()) {
            writer.retry();
        }
    }

    /** Whether nothing is under way and all replies have gone. */
    private boolean isQuiet() {
        if (detached.get() > 0) {
            return false;
        }
        writer.send(); // who replied last may still be in the middle of it
        return !writer.isFull();
    }

    /** The client sends no more; it gets the replies that it still has coming. */
    private void awaitFarewell() throws IOException {
        awaitRequests();
        ClientSocket.Deadline deadline = new ClientSocket.Deadline(FAREWELL_NANOS, "taking the last replies");
        while (!isQuiet()) {
            deadline.await(socket, SelectionKey.OP_WRITE);
            writer.retry();
        }
    }

    private void awaitRequests() throws IOException {
        waitsForRequests = true;
        while (detached.get() > 0) {
            Thread.interrupted(); // it would turn this wait into a loop
            awaitSocket(0);
        }
    }
}
