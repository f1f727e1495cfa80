package io.devicemapper.nbd.client;

import io.devicemapper.nbd.protocol.AllocationFlags;
import io.devicemapper.nbd.protocol.HandshakeFlags;
import io.devicemapper.nbd.protocol.InfoType;
import io.devicemapper.nbd.protocol.Magic;
import io.devicemapper.nbd.protocol.OptionCode;
import io.devicemapper.nbd.protocol.OptionReply;
import io.devicemapper.nbd.protocol.WireFormatException;
import io.devicemapper.nbd.protocol.WireSizes;
import io.devicemapper.nbd.protocol.WireStrings;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The client's side of the fixed newstyle negotiation: structured replies, {@code base:allocation}, then GO, or EXPORT_NAME with
 * a server that does not know GO.
 *
 * <p>Nothing that the server says is taken on trust: lengths are bounded before memory is taken, the number of replies to an
 * option is bounded, and the socket's deadline bounds the time.
 *
 * @see <a href="https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md">The NBD protocol</a>
 */
final class Negotiation {
    /** Any reply of our options fits: the longest is an export's name and its description. */
    private static final int MAX_REPLY_BYTES = 4 * WireSizes.MAX_STRING;

    /** A server with more exports than this is listed no further; the list goes into one error message. */
    private static final int MAX_REPLIES = 10_000;

    private static final int EXPORTS_IN_MESSAGE = 20;
    private static final int SERVER_TEXT_IN_MESSAGE = 200;

    private final NbdSocket socket;
    private final String exportName;

    private Negotiation(NbdSocket socket, String exportName) {
        this.socket = socket;
        this.exportName = exportName;
    }

    /**
     * Negotiates. Afterwards the connection is in the transmission phase.
     *
     * @throws IOException if that fails; the message does not repeat the device's name, and the socket is left to the caller
     */
    static NbdExport run(NbdSocket socket, String exportName) throws IOException {
        return new Negotiation(socket, exportName).run();
    }

    private NbdExport run() throws IOException {
        boolean noZeroes = greet();
        boolean structuredReplies = structuredReplies();
        long context = structuredReplies ? allocationContext() : NbdExport.NO_CONTEXT;
        NbdExport export = go(structuredReplies, context);
        return export != null ? export : exportName(noZeroes, structuredReplies, context);
    }

    /** One reply to an option; the data stands between position and limit. */
    private record Reply(int type, ByteBuffer data) {}

    /** @return whether the zeroes after the answer to EXPORT_NAME are left out */
    private boolean greet() throws IOException {
        ByteBuffer greeting = ByteBuffer.allocate(WireSizes.GREETING);
        try {
            socket.readFully(greeting.limit(Long.BYTES));
        } catch (EOFException e) {
            throw new WireFormatException("not an NBD server: it closed the connection without a greeting", e);
        }
        if (greeting.getLong() != Magic.NBDMAGIC) {
            throw new WireFormatException("not an NBD server: its greeting is wrong");
        }
        socket.readFully(greeting.clear().limit(WireSizes.GREETING - Long.BYTES));
        long style = greeting.getLong();
        if (style == Magic.OLDSTYLE) {
            throw new WireFormatException("the server speaks the obsolete oldstyle negotiation");
        }
        int flags = greeting.getShort();
        if (style != Magic.IHAVEOPT || (flags & HandshakeFlags.FIXED_NEWSTYLE) == 0) {
            throw new WireFormatException("the server does not speak the fixed newstyle negotiation");
        }
        int answer = flags & (HandshakeFlags.FIXED_NEWSTYLE | HandshakeFlags.NO_ZEROES);
        socket.writeFully(ByteBuffer.allocate(Integer.BYTES).putInt(answer).flip());
        return (answer & HandshakeFlags.NO_ZEROES) != 0;
    }

    private boolean structuredReplies() throws IOException {
        send(OptionCode.STRUCTURED_REPLY, ByteBuffer.allocate(0));
        Reply reply = receive(OptionCode.STRUCTURED_REPLY);
        if (reply.type() == OptionReply.ERR_TLS_REQD) {
            throw refused(reply);
        }
        if (reply.type() != OptionReply.ACK && !OptionReply.isError(reply.type())) {
            throw unexpected(OptionCode.STRUCTURED_REPLY, reply);
        }
        return reply.type() == OptionReply.ACK;
    }

    /** @return the context's id, or {@link NbdExport#NO_CONTEXT} if the server has none for this export */
    private long allocationContext() throws IOException {
        byte[] name = exportName.getBytes(StandardCharsets.UTF_8);
        byte[] query = AllocationFlags.CONTEXT.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(3 * Integer.BYTES + name.length + query.length);
        data.putInt(name.length).put(name).putInt(1).putInt(query.length).put(query);
        send(OptionCode.SET_META_CONTEXT, data.flip());
        long context = NbdExport.NO_CONTEXT;
        for (int count = 0; count < MAX_REPLIES; count++) {
            Reply reply = receive(OptionCode.SET_META_CONTEXT);
            if (reply.type() == OptionReply.ACK) {
                return context;
            }
            if (OptionReply.isError(reply.type())) {
                return NbdExport.NO_CONTEXT;
            }
            if (reply.type() != OptionReply.META_CONTEXT || reply.data().remaining() < Integer.BYTES) {
                throw unexpected(OptionCode.SET_META_CONTEXT, reply);
            }
            long id = Integer.toUnsignedLong(reply.data().getInt());
            if (WireStrings.take(reply.data(), reply.data().remaining()).equals(AllocationFlags.CONTEXT)) {
                context = id;
            }
        }
        throw endless(OptionCode.SET_META_CONTEXT);
    }

    /** @return the export, or null if the server does not know GO */
    private NbdExport go(boolean structuredReplies, long context) throws IOException {
        byte[] name = exportName.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(Integer.BYTES + name.length + 2 * Short.BYTES);
        data.putInt(name.length).put(name).putShort((short) 1).putShort((short) InfoType.BLOCK_SIZE);
        send(OptionCode.GO, data.flip());
        NbdExport export = null;
        int[] blocks = null;
        for (int count = 0; count < MAX_REPLIES; count++) {
            Reply reply = receive(OptionCode.GO);
            switch (reply.type()) {
                case OptionReply.ACK -> {
                    if (export == null) {
                        throw new WireFormatException("the server accepted GO without a word about the export");
                    }
                    return blocks == null ? export : export.withBlocks(blocks[0], blocks[1], blocks[2]);
                }
                case OptionReply.ERR_UNSUP -> {
                    return null;
                }
                case OptionReply.ERR_UNKNOWN -> throw missing(reply);
                case OptionReply.INFO -> {
                    ByteBuffer info = reply.data();
                    int type = info.remaining() < Short.BYTES ? -1 : Short.toUnsignedInt(info.getShort());
                    if (type == InfoType.EXPORT && info.remaining() == Long.BYTES + Short.BYTES) {
                        export = export(info.getLong(), info.getShort(), structuredReplies, context);
                    } else if (type == InfoType.BLOCK_SIZE && info.remaining() == 3 * Integer.BYTES) {
                        blocks = new int[] {info.getInt(), info.getInt(), info.getInt()};
                    } else if (type < 0 || type == InfoType.EXPORT || type == InfoType.BLOCK_SIZE) {
                        throw unexpected(OptionCode.GO, reply);
                    }
                }
                default -> {
                    if (OptionReply.isError(reply.type())) {
                        throw refused(reply);
                    }
                    throw unexpected(OptionCode.GO, reply);
                }
            }
        }
        throw endless(OptionCode.GO);
    }

    private NbdExport exportName(boolean noZeroes, boolean structuredReplies, long context) throws IOException {
        send(OptionCode.EXPORT_NAME, ByteBuffer.wrap(exportName.getBytes(StandardCharsets.UTF_8)));
        ByteBuffer answer =
                ByteBuffer.allocate(WireSizes.EXPORT_NAME_ANSWER + (noZeroes ? 0 : WireSizes.EXPORT_NAME_ZEROES));
        try {
            socket.readFully(answer);
        } catch (EOFException e) {
            throw new IOException(
                    "the server closed the connection when asked for export '" + exportName
                            + "'; most likely it has none of that name",
                    e);
        }
        return export(answer.getLong(), answer.getShort(), structuredReplies, context);
    }

    private static NbdExport export(long sizeBytes, short flags, boolean structuredReplies, long context)
            throws WireFormatException {
        if (sizeBytes < 0) {
            throw new WireFormatException("the server reports a size of " + Long.toUnsignedString(sizeBytes)
                    + " bytes, more than the largest possible device has");
        }
        return NbdExport.withDefaultBlocks(sizeBytes, Short.toUnsignedInt(flags), structuredReplies, context);
    }

    private IOException missing(Reply reply) {
        String known;
        try {
            known = "it has " + listed();
        } catch (IOException e) {
            known = "which ones it has it does not say (" + e.getMessage() + ")";
        }
        String asked = exportName.isEmpty() ? "no default export" : "no export '" + exportName + "'";
        return new IOException("the server has " + asked + serverText(reply) + "; " + known);
    }

    private String listed() throws IOException {
        send(OptionCode.LIST, ByteBuffer.allocate(0));
        List<String> names = new ArrayList<>();
        int count = 0;
        Reply reply = receive(OptionCode.LIST);
        while (reply.type() == OptionReply.SERVER) {
            if (reply.data().remaining() < Integer.BYTES || ++count > MAX_REPLIES) {
                throw unexpected(OptionCode.LIST, reply);
            }
            String name = WireStrings.take(reply.data(), reply.data().getInt());
            if (names.size() < EXPORTS_IN_MESSAGE) {
                names.add("'" + printable(name) + "'");
            }
            reply = receive(OptionCode.LIST);
        }
        if (reply.type() != OptionReply.ACK) {
            throw refused(reply);
        }
        if (names.isEmpty()) {
            return "none";
        }
        return String.join(", ", names) + (count > names.size() ? " and " + (count - names.size()) + " more" : "");
    }

    private void send(int option, ByteBuffer data) throws IOException {
        ByteBuffer message = ByteBuffer.allocate(WireSizes.OPTION_HEADER + data.remaining());
        message.putLong(Magic.IHAVEOPT).putInt(option).putInt(data.remaining()).put(data);
        socket.writeFully(message.flip());
    }

    private Reply receive(int option) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(WireSizes.OPTION_REPLY_HEADER);
        socket.readFully(header);
        if (header.getLong() != Magic.OPTION_REPLY) {
            throw new WireFormatException(
                    "the server's reply to " + OptionCode.name(option) + " has a wrong magic number");
        }
        int echo = header.getInt();
        int type = header.getInt();
        int length = header.getInt();
        if (echo != option) {
            throw new WireFormatException(
                    "the server replied to " + OptionCode.name(echo) + " when asked " + OptionCode.name(option));
        }
        if (length < 0 || length > MAX_REPLY_BYTES) {
            throw new WireFormatException("the server's reply to " + OptionCode.name(option) + " has "
                    + Integer.toUnsignedString(length) + " bytes, at most " + MAX_REPLY_BYTES + " are sensible");
        }
        ByteBuffer data = ByteBuffer.allocate(length);
        socket.readFully(data);
        return new Reply(type, data);
    }

    private static IOException refused(Reply reply) {
        String why =
                switch (reply.type()) {
                    case OptionReply.ERR_TLS_REQD -> "the server requires TLS, which is not supported";
                    case OptionReply.ERR_POLICY -> "the server's configuration forbids it";
                    case OptionReply.ERR_SHUTDOWN -> "the server is about to stop";
                    default -> "the server refused with " + OptionReply.name(reply.type());
                };
        return new IOException(why + serverText(reply));
    }

    private static String serverText(Reply reply) {
        String text = StandardCharsets.UTF_8.decode(reply.data().duplicate()).toString();
        return text.isEmpty() ? "" : " (\"" + printable(text) + "\")";
    }

    /** What a server sends ends up in a log, and must not write lines of its own there. */
    private static String printable(String text) {
        String cut = text.length() <= SERVER_TEXT_IN_MESSAGE ? text : text.substring(0, SERVER_TEXT_IN_MESSAGE) + "...";
        return cut.replaceAll("\\p{Cntrl}", "?");
    }

    private static WireFormatException unexpected(int option, Reply reply) {
        return new WireFormatException("the server's reply " + OptionReply.name(reply.type()) + " to "
                + OptionCode.name(option) + " makes no sense");
    }

    private static WireFormatException endless(int option) {
        return new WireFormatException("the server's replies to " + OptionCode.name(option) + " have no end");
    }
}
