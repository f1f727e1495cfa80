package io.devicemapper.nbd.client;

import io.devicemapper.nbd.protocol.ChunkType;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.InfoType;
import io.devicemapper.nbd.protocol.Magic;
import io.devicemapper.nbd.protocol.OptionCode;
import io.devicemapper.nbd.protocol.OptionReply;
import io.devicemapper.nbd.protocol.TransmissionFlags;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that does what a test says. Each connection gets a thread and the next script, the last script again and again. A
 * script that returns or throws closes its connection.
 */
final class FakeNbdServer implements AutoCloseable {
    static final int FLAGS = TransmissionFlags.HAS_FLAGS
            | TransmissionFlags.SEND_FLUSH
            | TransmissionFlags.SEND_FUA
            | TransmissionFlags.SEND_TRIM
            | TransmissionFlags.SEND_WRITE_ZEROES;
    static final int SIZE = 1 << 20;
    static final int CONTEXT_ID = 7;

    /** What the server does with one connection. */
    interface Script {
        void run(Peer peer) throws IOException;
    }

    /** A request as it came. */
    record Request(int flags, int command, long cookie, long offset, int length, ByteBuffer payload) {}

    private final Path folder = Files.createTempDirectory("nbd");
    private final Path socket = folder.resolve("s");
    private final ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    private final List<Script> scripts;
    private final AtomicInteger accepted = new AtomicInteger();
    private final List<Peer> peers = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();

    /** What the export holds; guarded by itself. */
    final byte[] content = new byte[SIZE];

    FakeNbdServer(Script... scripts) throws IOException {
        this.scripts = List.of(scripts);
        listener.bind(UnixDomainSocketAddress.of(socket));
        start(this::accept, "fake nbd server");
    }

    String uri() {
        return uri("");
    }

    /** @param options begins with {@code &} unless empty */
    String uri(String options) {
        return "nbd+unix:///disk?socket=" + socket + options;
    }

    int connections() {
        return accepted.get();
    }

    private void start(Runnable body, String name) {
        Thread thread = new Thread(body, name);
        threads.add(thread);
        thread.start();
    }

    private void accept() {
        while (true) {
            Peer peer;
            try {
                peer = new Peer(listener.accept());
            } catch (IOException e) {
                return; // the server is closed
            }
            peers.add(peer);
            int number = accepted.getAndIncrement();
            Script script = scripts.get(Math.min(number, scripts.size() - 1));
            start(() -> serve(peer, script), "fake nbd connection " + number);
        }
    }

    private void serve(Peer peer, Script script) {
        try (peer) {
            script.run(peer);
        } catch (IOException e) {
            // The client went away, or the script closed the connection: both are what the test wants.
        } catch (Throwable t) {
            failures.add(t);
        }
    }

    /** Closes every connection, as a server that dies does. */
    void dropConnections() throws IOException {
        for (Peer peer : peers) {
            peer.close();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        dropConnections();
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            throw new IOException("interrupted while the scripts end", e);
        }
        Files.delete(socket);
        Files.delete(folder);
        for (Throwable failure : failures) {
            throw new AssertionError("a script failed", failure);
        }
    }

    /** One connection, from the server's side. */
    final class Peer implements AutoCloseable {
        private final SocketChannel channel;
        private long bytesLeft = Long.MAX_VALUE;
        private long bytesSent;

        Peer(SocketChannel channel) {
            this.channel = channel;
        }

        /** Closes the connection once it has sent this many more bytes. */
        Peer dieAfter(long bytes) {
            bytesLeft = bytes;
            return this;
        }

        long bytesSent() {
            return bytesSent;
        }

        void send(ByteBuffer message) throws IOException {
            int allowed = (int) Math.min(bytesLeft, message.remaining());
            bytesLeft -= allowed;
            bytesSent += allowed;
            ByteBuffer part = message.slice(message.position(), allowed);
            while (part.hasRemaining()) {
                channel.write(part);
            }
            if (bytesLeft == 0) {
                close();
                throw new EOFException("the script dies here");
            }
        }

        ByteBuffer receive(int length) throws IOException {
            ByteBuffer message = ByteBuffer.allocate(length);
            while (message.hasRemaining()) {
                if (channel.read(message) < 0) {
                    throw new EOFException();
                }
            }
            return message.flip();
        }

        /** Takes and drops what comes, until the client goes. */
        void receiveUntilClosed() throws IOException {
            ByteBuffer dropped = ByteBuffer.allocate(1 << 16);
            while (channel.read(dropped.clear()) >= 0) {
                // on
            }
        }

        void greet() throws IOException {
            send(ByteBuffer.allocate(18)
                    .putLong(Magic.NBDMAGIC)
                    .putLong(Magic.IHAVEOPT)
                    .putShort((short) 3)
                    .flip());
            receive(4);
        }

        /** Takes an option and returns its data. */
        ByteBuffer receiveOption(int expected) throws IOException {
            ByteBuffer header = receive(16);
            if (header.getLong() != Magic.IHAVEOPT || header.getInt() != expected) {
                throw new AssertionError("another option than " + OptionCode.name(expected));
            }
            return receive(header.getInt());
        }

        void replyOption(int option, int type, ByteBuffer data) throws IOException {
            send(ByteBuffer.allocate(20 + data.remaining())
                    .putLong(Magic.OPTION_REPLY)
                    .putInt(option)
                    .putInt(type)
                    .putInt(data.remaining())
                    .put(data)
                    .flip());
        }

        void replyOption(int option, int type) throws IOException {
            replyOption(option, type, ByteBuffer.allocate(0));
        }

        void replyInfo(long sizeBytes, int flags) throws IOException {
            replyOption(
                    OptionCode.GO,
                    OptionReply.INFO,
                    ByteBuffer.allocate(12)
                            .putShort((short) InfoType.EXPORT)
                            .putLong(sizeBytes)
                            .putShort((short) flags)
                            .flip());
        }

        void replyBlockSizes(int minimum, int preferred, int maximum) throws IOException {
            replyOption(
                    OptionCode.GO,
                    OptionReply.INFO,
                    ByteBuffer.allocate(14)
                            .putShort((short) InfoType.BLOCK_SIZE)
                            .putInt(minimum)
                            .putInt(preferred)
                            .putInt(maximum)
                            .flip());
        }

        /** All before GO, with structured replies. */
        void negotiateUntilGo() throws IOException {
            greet();
            receiveOption(OptionCode.STRUCTURED_REPLY);
            replyOption(OptionCode.STRUCTURED_REPLY, OptionReply.ACK);
            receiveOption(OptionCode.SET_META_CONTEXT);
            byte[] name = "base:allocation".getBytes(StandardCharsets.UTF_8);
            replyOption(
                    OptionCode.SET_META_CONTEXT,
                    OptionReply.META_CONTEXT,
                    ByteBuffer.allocate(4 + name.length)
                            .putInt(CONTEXT_ID)
                            .put(name)
                            .flip());
            replyOption(OptionCode.SET_META_CONTEXT, OptionReply.ACK);
            receiveOption(OptionCode.GO);
        }

        /** The whole negotiation, with structured replies. */
        Peer negotiate(long sizeBytes, int flags) throws IOException {
            negotiateUntilGo();
            replyInfo(sizeBytes, flags);
            replyOption(OptionCode.GO, OptionReply.ACK);
            return this;
        }

        Peer negotiate() throws IOException {
            return negotiate(SIZE, FLAGS);
        }

        /** The whole negotiation, with simple replies. */
        Peer negotiateSimple() throws IOException {
            greet();
            receiveOption(OptionCode.STRUCTURED_REPLY);
            replyOption(OptionCode.STRUCTURED_REPLY, OptionReply.ERR_UNSUP);
            receiveOption(OptionCode.GO);
            replyInfo(SIZE, FLAGS);
            replyOption(OptionCode.GO, OptionReply.ACK);
            return this;
        }

        Request receiveRequest() throws IOException {
            ByteBuffer header = receive(28);
            if (header.getInt() != Magic.REQUEST) {
                throw new AssertionError("wrong request magic");
            }
            int flags = header.getShort();
            int command = header.getShort();
            long cookie = header.getLong();
            long offset = header.getLong();
            int length = header.getInt();
            if (command == Command.DISC) {
                throw new EOFException();
            }
            ByteBuffer payload = receive(command == Command.WRITE ? length : 0);
            return new Request(flags, command, cookie, offset, length, payload);
        }

        /** Takes a request, which must be of this command. */
        Request receiveRequest(int command) throws IOException {
            Request request = receiveRequest();
            if (request.command() != command) {
                throw new AssertionError("expected " + Command.name(command) + ", got " + request);
            }
            return request;
        }

        void replySimple(long cookie, int error) throws IOException {
            send(simple(cookie, error).flip());
        }

        ByteBuffer simple(long cookie, int error) {
            return ByteBuffer.allocate(16)
                    .putInt(Magic.SIMPLE_REPLY)
                    .putInt(error)
                    .putLong(cookie);
        }

        void replyChunk(long cookie, int flags, int type, ByteBuffer payload) throws IOException {
            send(chunkHeader(cookie, flags, type, payload.remaining(), payload.remaining())
                    .put(payload)
                    .flip());
        }

        /** A header that may announce another length than follows. */
        ByteBuffer chunkHeader(long cookie, int flags, int type, int announced, int room) {
            return ByteBuffer.allocate(20 + room)
                    .putInt(Magic.STRUCTURED_REPLY)
                    .putShort((short) flags)
                    .putShort((short) type)
                    .putLong(cookie)
                    .putInt(announced);
        }

        void replyData(long cookie, int flags, long offset, byte[] data) throws IOException {
            replyChunk(
                    cookie,
                    flags,
                    ChunkType.OFFSET_DATA,
                    ByteBuffer.allocate(8 + data.length)
                            .putLong(offset)
                            .put(data)
                            .flip());
        }

        void replyHole(long cookie, int flags, long offset, int length) throws IOException {
            replyChunk(
                    cookie,
                    flags,
                    ChunkType.OFFSET_HOLE,
                    ByteBuffer.allocate(12).putLong(offset).putInt(length).flip());
        }

        void replyDone(long cookie) throws IOException {
            replyChunk(cookie, ChunkType.FLAG_DONE, ChunkType.NONE, ByteBuffer.allocate(0));
        }

        void replyError(long cookie, int flags, int error, String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            replyChunk(
                    cookie,
                    flags,
                    ChunkType.ERROR,
                    ByteBuffer.allocate(6 + bytes.length)
                            .putInt(error)
                            .putShort((short) bytes.length)
                            .put(bytes)
                            .flip());
        }

        /** Carries a request out on the server's content, and answers. */
        void carryOut(Request request) throws IOException {
            apply(request);
            answer(request);
        }

        void apply(Request request) {
            synchronized (content) {
                switch (request.command()) {
                    case Command.WRITE -> request.payload().get(0, content, (int) request.offset(), request.length());
                    case Command.WRITE_ZEROES ->
                        Arrays.fill(
                                content, (int) request.offset(), (int) request.offset() + request.length(), (byte) 0);
                    default -> {}
                }
            }
        }

        void answer(Request request) throws IOException {
            if (request.command() == Command.READ) {
                byte[] data = new byte[request.length()];
                synchronized (content) {
                    System.arraycopy(content, (int) request.offset(), data, 0, data.length);
                }
                replyData(request.cookie(), ChunkType.FLAG_DONE, request.offset(), data);
            } else {
                replySimple(request.cookie(), 0);
            }
        }

        /** Negotiates and carries out requests, until the client goes. */
        void serve() throws IOException {
            negotiate();
            serveRequests();
        }

        void serveRequests() throws IOException {
            while (true) {
                carryOut(receiveRequest());
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
