package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.nbd.protocol.AllocationFlags;
import io.devicemapper.nbd.protocol.ChunkType;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.HandshakeFlags;
import io.devicemapper.nbd.protocol.Magic;
import io.devicemapper.nbd.protocol.OptionCode;
import io.devicemapper.nbd.protocol.OptionReply;
import io.devicemapper.nbd.protocol.WireSizes;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A client that sends exactly the bytes that a test wants, and believes nothing that comes back. */
final class RawClient implements AutoCloseable {
    static final int FLAGS = HandshakeFlags.FIXED_NEWSTYLE | HandshakeFlags.NO_ZEROES;

    final SocketChannel channel;

    private RawClient(SocketChannel channel) {
        this.channel = channel;
    }

    record OptionAnswer(int option, int type, ByteBuffer data) {
        /** A view of its own, for relative reads. */
        @Override
        public ByteBuffer data() {
            return data.duplicate();
        }

        String text() {
            return StandardCharsets.UTF_8.decode(data()).toString();
        }

        @Override
        public String toString() {
            return OptionCode.name(option) + " -> " + OptionReply.name(type) + " of " + data.remaining() + " bytes";
        }
    }

    record SimpleReply(int error, long cookie) {}

    record Chunk(int flags, int type, long cookie, ByteBuffer payload) {
        boolean isDone() {
            return flags == ChunkType.FLAG_DONE;
        }

        /** Of an error chunk. */
        int error() {
            assertEquals(true, ChunkType.isError(type), "an error chunk: " + this);
            return payload.getInt(0);
        }
    }

    static RawClient connect(SocketAddress address) throws IOException {
        return new RawClient(SocketChannel.open(address));
    }

    /** Up to the first option. */
    static RawClient greeted(SocketAddress address) throws IOException {
        RawClient client = connect(address);
        client.greet(FLAGS);
        return client;
    }

    /** Up to the first request, with simple replies. */
    static RawClient simple(SocketAddress address, String export) throws IOException {
        RawClient client = greeted(address);
        client.ask(OptionCode.GO, goData(export));
        return client;
    }

    /** Up to the first request, with structured replies and base:allocation. */
    static RawClient structured(SocketAddress address, String export) throws IOException {
        RawClient client = greeted(address);
        client.ask(OptionCode.STRUCTURED_REPLY);
        client.ask(OptionCode.SET_META_CONTEXT, metaData(export, AllocationFlags.CONTEXT));
        client.ask(OptionCode.GO, goData(export));
        return client;
    }

    void greet(int clientFlags) throws IOException {
        ByteBuffer greeting = receive(WireSizes.GREETING);
        assertEquals(Magic.NBDMAGIC, greeting.getLong());
        assertEquals(Magic.IHAVEOPT, greeting.getLong());
        assertEquals(FLAGS, greeting.getShort());
        send(ByteBuffer.allocate(4).putInt(clientFlags));
    }

    // Options.

    void option(int option, byte... data) throws IOException {
        send(ByteBuffer.allocate(WireSizes.OPTION_HEADER + data.length)
                .putLong(Magic.IHAVEOPT)
                .putInt(option)
                .putInt(data.length)
                .put(data));
    }

    OptionAnswer answer() throws IOException {
        ByteBuffer header = receive(WireSizes.OPTION_REPLY_HEADER);
        assertEquals(Magic.OPTION_REPLY, header.getLong());
        int option = header.getInt();
        int type = header.getInt();
        return new OptionAnswer(option, type, receive(header.getInt()));
    }

    /** Sends an option and takes all answers, the last of which is ACK or an error. */
    List<OptionAnswer> ask(int option, byte... data) throws IOException {
        option(option, data);
        List<OptionAnswer> answers = new ArrayList<>();
        OptionAnswer answer;
        do {
            answer = answer();
            assertEquals(option, answer.option());
            answers.add(answer);
        } while (answer.type() != OptionReply.ACK && !OptionReply.isError(answer.type()));
        return answers;
    }

    /** As {@link #ask}, where there is one answer alone; its type. */
    String askOne(int option, byte... data) throws IOException {
        List<OptionAnswer> answers = ask(option, data);
        assertEquals(1, answers.size(), answers::toString);
        return OptionReply.name(answers.get(0).type());
    }

    static byte[] goData(String export, int... infoTypes) {
        byte[] name = export.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(4 + name.length + 2 + 2 * infoTypes.length)
                .putInt(name.length)
                .put(name)
                .putShort((short) infoTypes.length);
        for (int type : infoTypes) {
            data.putShort((short) type);
        }
        return data.array();
    }

    static byte[] metaData(String export, String... queries) {
        byte[] name = export.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data =
                ByteBuffer.allocate(60000).putInt(name.length).put(name).putInt(queries.length);
        for (String query : queries) {
            byte[] text = query.getBytes(StandardCharsets.UTF_8);
            data.putInt(text.length).put(text);
        }
        return Arrays.copyOf(data.array(), data.position());
    }

    // Requests.

    static ByteBuffer requestBytes(int command, int flags, long cookie, long offset, int length) {
        return ByteBuffer.allocate(WireSizes.REQUEST)
                .putInt(Magic.REQUEST)
                .putShort((short) flags)
                .putShort((short) command)
                .putLong(cookie)
                .putLong(offset)
                .putInt(length);
    }

    void request(int command, int flags, long cookie, long offset, int length) throws IOException {
        send(requestBytes(command, flags, cookie, offset, length));
    }

    void write(int flags, long cookie, long offset, byte... payload) throws IOException {
        send(ByteBuffer.allocate(WireSizes.REQUEST + payload.length)
                .put(requestBytes(Command.WRITE, flags, cookie, offset, payload.length)
                        .flip())
                .put(payload));
    }

    SimpleReply simpleReply() throws IOException {
        ByteBuffer reply = receive(WireSizes.SIMPLE_REPLY);
        assertEquals(Magic.SIMPLE_REPLY, reply.getInt());
        return new SimpleReply(reply.getInt(), reply.getLong());
    }

    /** The error of the reply that comes next, which must be the one to a request. */
    int error(long cookie) throws IOException {
        SimpleReply reply = simpleReply();
        assertEquals(cookie, reply.cookie());
        return reply.error();
    }

    Chunk chunk() throws IOException {
        ByteBuffer header = receive(WireSizes.CHUNK_HEADER);
        assertEquals(Magic.STRUCTURED_REPLY, header.getInt());
        int flags = header.getShort();
        int type = Short.toUnsignedInt(header.getShort());
        long cookie = header.getLong();
        return new Chunk(flags, type, cookie, receive(header.getInt()));
    }

    /** Reads with a simple reply. */
    byte[] read(long offset, int length) throws IOException {
        request(Command.READ, 0, offset, offset, length);
        assertEquals(new SimpleReply(0, offset), simpleReply());
        return receive(length).array();
    }

    // Bytes.

    void send(ByteBuffer message) throws IOException {
        message.flip();
        while (message.hasRemaining()) {
            channel.write(message);
        }
    }

    ByteBuffer receive(int bytes) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(bytes);
        while (data.hasRemaining()) {
            if (channel.read(data) < 0) {
                throw new EOFException("server hung up after " + data.position() + " of " + bytes + " bytes");
            }
        }
        return data.flip();
    }

    /** Waits until the server hangs up; what it sends until then is dropped. */
    void awaitHangUp() {
        ByteBuffer dropped = ByteBuffer.allocate(65536);
        try {
            while (channel.read(dropped.clear()) >= 0) {}
        } catch (IOException e) {
            return; // a reset is a way to hang up as well
        }
    }

    /** Vanishes. */
    void vanish() throws IOException {
        channel.close();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
