package io.devicemapper.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How the client and the daemon talk over the control socket: one request and one response for each connection, both framed alike.
 * All numbers are big-endian, a string is its length in bytes (4 bytes) followed by UTF-8.
 *
 * <table>
 *   <caption>A frame</caption>
 *   <tr><th>bytes</th><th>what</th></tr>
 *   <tr><td>4</td><td>{@code DMC} and a zero byte</td></tr>
 *   <tr><td>4</td><td>version of the protocol</td></tr>
 *   <tr><td>4</td><td>length of the body in bytes</td></tr>
 *   <tr><td>rest</td><td>request: count of arguments (4 bytes), the arguments, the working directory, flags (4 bytes: 1 UTF-8
 *       terminal, 2 input follows), the input if there is one; response: exit status (4 bytes), output, errors</td></tr>
 * </table>
 *
 * <p>The head never changes, so that two versions can tell each other what is wrong.
 */
final class ControlProtocol {
    static final int VERSION = 1;

    /** Room for a table of a million lines, the most that the kernel takes. */
    static final int MAX_BODY_BYTES = 128 << 20;

    /** More than a shell passes on; bounds what a count of arguments alone can make the daemon allocate. */
    private static final int MAX_ARGUMENTS = 1 << 16;

    private static final int MAGIC = 'D' << 24 | 'M' << 16 | 'C' << 8;
    private static final int HEAD_BYTES = 12;
    private static final int FLAG_UTF8 = 1;
    private static final int FLAG_INPUT = 2;

    /** What arrives is stored in steps of this size, so that a length that was only claimed costs nothing. */
    private static final int READ_STEP_BYTES = 1 << 16;

    private ControlProtocol() {}

    /** The other side does not speak this protocol, or another version of it. */
    static final class ProtocolException extends IOException {
        private static final long serialVersionUID = 1L;

        ProtocolException(String message) {
            super(message);
        }
    }

    static void write(WritableByteChannel channel, ControlRequest request) throws IOException {
        Encoder body = new Encoder();
        body.putInt(request.arguments().size());
        request.arguments().forEach(body::putString);
        body.putString(request.directory().toString());
        body.putInt((request.utf8() ? FLAG_UTF8 : 0) | (request.input().isPresent() ? FLAG_INPUT : 0));
        request.input().ifPresent(body::putString);
        body.writeTo(channel);
    }

    static void write(WritableByteChannel channel, ControlResponse response) throws IOException {
        Encoder body = new Encoder();
        body.putInt(response.exitStatus());
        body.putString(response.output());
        body.putString(response.errors());
        body.writeTo(channel);
    }

    /**
     * Reads a request.
     *
     * @throws ProtocolException if what came is not a request of this version
     * @throws IOException if the connection failed or ended early
     */
    static ControlRequest readRequest(ReadableByteChannel channel) throws IOException {
        byte[] body = readBody(channel);
        try {
            Decoder decoder = new Decoder(body);
            int count = decoder.number(0, MAX_ARGUMENTS);
            List<String> arguments = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                arguments.add(decoder.string());
            }
            Path directory = absolute(decoder.string());
            int flags = decoder.number(0, FLAG_UTF8 | FLAG_INPUT);
            Optional<String> input = (flags & FLAG_INPUT) != 0 ? Optional.of(decoder.string()) : Optional.empty();
            decoder.end();
            return new ControlRequest(arguments, directory, (flags & FLAG_UTF8) != 0, input);
        } finally {
            // Table text may hold keys.
            Arrays.fill(body, (byte) 0);
        }
    }

    /**
     * Reads a response.
     *
     * @throws ProtocolException if what came is not a response of this version
     * @throws IOException if the connection failed or ended early
     */
    static ControlResponse readResponse(ReadableByteChannel channel) throws IOException {
        Decoder decoder = new Decoder(readBody(channel));
        ControlResponse response = new ControlResponse(decoder.number(0, 255), decoder.string(), decoder.string());
        decoder.end();
        return response;
    }

    private static Path absolute(String text) throws ProtocolException {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute()) {
                return path;
            }
        } catch (InvalidPathException e) {
            throw new ProtocolException("the working directory is no path: " + e.getReason());
        }
        throw new ProtocolException("the working directory is not absolute");
    }

    private static byte[] readBody(ReadableByteChannel channel) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
        readFully(channel, head);
        head.flip();
        if (head.getInt() != MAGIC) {
            throw new ProtocolException("the other side does not speak dm's control protocol");
        }
        int version = head.getInt();
        if (version != VERSION) {
            throw new ProtocolException("version " + version + " of the control protocol, expected " + VERSION);
        }
        int length = head.getInt();
        if (length < 0 || length > MAX_BODY_BYTES) {
            throw new ProtocolException("a body of " + Integer.toUnsignedString(length) + " bytes, at most "
                    + MAX_BODY_BYTES + " are allowed");
        }
        byte[] body = new byte[Math.min(length, READ_STEP_BYTES)];
        readFully(channel, ByteBuffer.wrap(body));
        while (body.length < length) {
            byte[] larger = Arrays.copyOf(body, (int) Math.min(length, 2L * body.length));
            Arrays.fill(body, (byte) 0);
            readFully(channel, ByteBuffer.wrap(larger, body.length, larger.length - body.length));
            body = larger;
        }
        return body;
    }

    private static void readFully(ReadableByteChannel channel, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new IOException("the connection ended early");
            }
        }
    }

    private static final class Encoder {
        private final List<byte[]> parts = new ArrayList<>();
        private long bytes;

        void putInt(int value) {
            add(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
        }

        void putString(String value) {
            byte[] encoded = value.getBytes(UTF_8);
            putInt(encoded.length);
            add(encoded);
        }

        private void add(byte[] part) {
            parts.add(part);
            bytes += part.length;
        }

        void writeTo(WritableByteChannel channel) throws IOException {
            if (bytes > MAX_BODY_BYTES) {
                throw new ProtocolException("a text of " + bytes + " bytes is too long for the control socket, at most "
                        + MAX_BODY_BYTES + " are possible");
            }
            ByteBuffer frame = ByteBuffer.allocate(HEAD_BYTES + Math.toIntExact(bytes));
            frame.putInt(MAGIC).putInt(VERSION).putInt((int) bytes);
            parts.forEach(frame::put);
            frame.flip();
            while (frame.hasRemaining()) {
                channel.write(frame);
            }
        }
    }

    private static final class Decoder {
        private final ByteBuffer body;

        Decoder(byte[] body) {
            this.body = ByteBuffer.wrap(body);
        }

        int number(int min, int max) throws ProtocolException {
            if (body.remaining() < Integer.BYTES) {
                throw new ProtocolException("the body is too short");
            }
            int value = body.getInt();
            if (value < min || value > max) {
                throw new ProtocolException("a number out of range: " + value);
            }
            return value;
        }

        String string() throws ProtocolException {
            int length = number(0, MAX_BODY_BYTES);
            if (length > body.remaining()) {
                throw new ProtocolException("the body is too short");
            }
            String value = UTF_8.decode(body.slice().limit(length)).toString();
            body.position(body.position() + length);
            return value;
        }

        void end() throws ProtocolException {
            if (body.hasRemaining()) {
                throw new ProtocolException("the body is too long");
            }
        }
    }
}
