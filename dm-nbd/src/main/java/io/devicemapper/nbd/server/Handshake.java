package io.devicemapper.nbd.server;

import io.devicemapper.nbd.protocol.AllocationFlags;
import io.devicemapper.nbd.protocol.HandshakeFlags;
import io.devicemapper.nbd.protocol.InfoType;
import io.devicemapper.nbd.protocol.Magic;
import io.devicemapper.nbd.protocol.OptionCode;
import io.devicemapper.nbd.protocol.OptionReply;
import io.devicemapper.nbd.protocol.WireFormatException;
import io.devicemapper.nbd.protocol.WireSizes;
import io.devicemapper.nbd.protocol.WireStrings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/**
 * The negotiation with one client, in the fixed newstyle, without TLS. Runs on the connection thread, within one deadline.
 *
 * <p>Nothing that a client sends here opens a device, except for a GO or EXPORT_NAME that succeeds.
 */
final class Handshake {
    /** Longest option data: room for a name and a thousand queries; nothing legitimate comes near it. */
    static final int MAX_OPTION_BYTES = 64 << 10;

    /** Up to this length, option data that is too long is skipped and answered; beyond it the client is cut off. */
    static final int MAX_SKIPPED_BYTES = 1 << 20;

    /** An end to a negotiation that never ends, and far more than any client's. */
    static final int MAX_OPTIONS = 1024;

    private static final int ALLOWED_FLAGS = HandshakeFlags.FIXED_NEWSTYLE | HandshakeFlags.NO_ZEROES;

    private final ClientSocket socket;
    private final NbdExports exports;
    private final String holder;
    private final ClientSocket.Deadline deadline;
    private final BooleanSupplier serverStops;

    private boolean fixedNewstyle;
    private boolean noZeroes;
    private boolean structuredReplies;
    /** The export that base:allocation was selected for; null for none. */
    private String allocationExport;

    Handshake(
            ClientSocket socket,
            NbdExports exports,
            String holder,
            ClientSocket.Deadline deadline,
            BooleanSupplier serverStops) {
        this.socket = socket;
        this.exports = exports;
        this.holder = holder;
        this.deadline = deadline;
        this.serverStops = serverStops;
    }

    /**
     * Negotiates.
     *
     * @return empty if the client ended the negotiation in an orderly way
     * @throws IOException if it broke the protocol, took too long or went away
     */
    Optional<Session> run() throws IOException {
        ByteBuffer greeting = ByteBuffer.allocate(WireSizes.GREETING)
                .putLong(Magic.NBDMAGIC)
                .putLong(Magic.IHAVEOPT)
                .putShort((short) ALLOWED_FLAGS);
        send(greeting);
        int flags = receive(Integer.BYTES).getInt();
        if ((flags & ~ALLOWED_FLAGS) != 0) {
            throw new WireFormatException("unknown client flags 0x" + Integer.toHexString(flags));
        }
        fixedNewstyle = (flags & HandshakeFlags.FIXED_NEWSTYLE) != 0;
        noZeroes = (flags & HandshakeFlags.NO_ZEROES) != 0;
        for (int options = 0; options < MAX_OPTIONS; options++) {
            ByteBuffer header = receive(WireSizes.OPTION_HEADER);
            long magic = header.getLong();
            if (magic != Magic.IHAVEOPT) {
                throw new WireFormatException("bad option magic 0x" + Long.toHexString(magic));
            }
            int option = header.getInt();
            int length = header.getInt();
            if (Integer.compareUnsigned(length, MAX_SKIPPED_BYTES) > 0) {
                throw new WireFormatException(
                        OptionCode.name(option) + " with " + Integer.toUnsignedString(length) + " bytes of data");
            }
            if (option == OptionCode.EXPORT_NAME) {
                return Optional.of(exportName(length));
            }
            if (!fixedNewstyle) {
                throw new WireFormatException(OptionCode.name(option) + " without fixed newstyle negotiation");
            }
            if (option == OptionCode.ABORT) {
                abort(length);
                return Optional.empty();
            }
            if (length > MAX_OPTION_BYTES) {
                skip(length);
                refuse(option, OptionReply.ERR_TOO_BIG, "at most " + MAX_OPTION_BYTES + " bytes of data are allowed");
                continue;
            }
            Optional<Session> session = answer(option, receive(length));
            if (session.isPresent()) {
                return session;
            }
        }
        throw new WireFormatException("more than " + MAX_OPTIONS + " options");
    }

    private Optional<Session> answer(int option, ByteBuffer data) throws IOException {
        if (serverStops.getAsBoolean()) {
            refuse(option, OptionReply.ERR_SHUTDOWN, "the server is about to stop");
            return Optional.empty();
        }
        try {
            switch (option) {
                case OptionCode.LIST -> list(data);
                case OptionCode.STRUCTURED_REPLY -> agreeOnStructuredReplies(data);
                case OptionCode.LIST_META_CONTEXT -> listMetaContexts(MetaContextQuery.parse(data));
                case OptionCode.SET_META_CONTEXT -> setMetaContexts(data);
                case OptionCode.INFO, OptionCode.GO -> {
                    return infoOrGo(option, data);
                }
                default -> refuse(option, OptionReply.ERR_UNSUP, OptionCode.name(option) + " is not supported");
            }
        } catch (WireFormatException e) {
            refuse(option, OptionReply.ERR_INVALID, e.getMessage());
        }
        return Optional.empty();
    }

    /** The oldest way to pick an export: there is no reply that could say why it failed, only the end of the connection. */
    private Session exportName(int length) throws IOException {
        if (length > WireSizes.MAX_STRING) {
            throw new WireFormatException("export name of " + length + " bytes");
        }
        String name = WireStrings.take(receive(length), length);
        NbdExport export =
                exports.find(name).orElseThrow(() -> new WireFormatException("no export named '" + name + "'"));
        if (serverStops.getAsBoolean()) {
            throw new WireFormatException("the server is about to stop");
        }
        Closeable handle = export.open(holder);
        try {
            Session session = session(name, export, handle, false);
            int zeroes = noZeroes ? 0 : WireSizes.EXPORT_NAME_ZEROES;
            ByteBuffer answer = ByteBuffer.allocate(WireSizes.EXPORT_NAME_ANSWER + zeroes)
                    .putLong(session.offer().sizeBytes())
                    .putShort((short) session.offer().flags());
            send(answer.position(answer.limit()));
            return session;
        } catch (Throwable t) {
            closeAfter(t, handle);
            throw t;
        }
    }

    private Session session(String askedName, NbdExport export, Closeable handle, boolean blockSizesAgreed) {
        return new Session(
                ExportOffer.of(export, structuredReplies),
                handle,
                structuredReplies,
                askedName.equals(allocationExport),
                blockSizesAgreed);
    }

    /** A client may leave without waiting for the answer. */
    private void abort(int length) throws IOException {
        skip(length);
        reply(OptionCode.ABORT, OptionReply.ACK, ByteBuffer.allocate(0));
    }

    private void list(ByteBuffer data) throws IOException {
        requireEmpty(data);
        for (NbdExport export : exports.list()) {
            byte[] name = export.name().getBytes(StandardCharsets.UTF_8);
            byte[] description = WireStrings.encodeText(export.description());
            ByteBuffer server = ByteBuffer.allocate(Integer.BYTES + name.length + description.length)
                    .putInt(name.length)
                    .put(name)
                    .put(description);
            reply(OptionCode.LIST, OptionReply.SERVER, server.flip());
        }
        acknowledge(OptionCode.LIST);
    }

    private void agreeOnStructuredReplies(ByteBuffer data) throws IOException {
        requireEmpty(data);
        if (structuredReplies) {
            throw new WireFormatException("structured replies were agreed on before");
        }
        structuredReplies = true;
        acknowledge(OptionCode.STRUCTURED_REPLY);
    }

    private void listMetaContexts(MetaContextQuery query) throws IOException {
        if (exports.find(query.exportName()).isEmpty()) {
            refuseUnknown(OptionCode.LIST_META_CONTEXT);
            return;
        }
        if (query.noQueries() || query.wholeNamespace() || query.allocation()) {
            replyAllocationContext(OptionCode.LIST_META_CONTEXT, 0);
        }
        acknowledge(OptionCode.LIST_META_CONTEXT);
    }

    private void setMetaContexts(ByteBuffer data) throws IOException {
        allocationExport = null; // also where this one fails
        if (!structuredReplies) {
            throw new WireFormatException("structured replies come first");
        }
        MetaContextQuery query = MetaContextQuery.parse(data);
        if (exports.find(query.exportName()).isEmpty()) {
            refuseUnknown(OptionCode.SET_META_CONTEXT);
            return;
        }
        if (query.allocation()) {
            allocationExport = query.exportName();
            replyAllocationContext(OptionCode.SET_META_CONTEXT, Session.ALLOCATION_CONTEXT_ID);
        }
        acknowledge(OptionCode.SET_META_CONTEXT);
    }

    private void replyAllocationContext(int option, int id) throws IOException {
        byte[] name = AllocationFlags.CONTEXT.getBytes(StandardCharsets.US_ASCII);
        reply(
                option,
                OptionReply.META_CONTEXT,
                ByteBuffer.allocate(Integer.BYTES + name.length)
                        .putInt(id)
                        .put(name)
                        .flip());
    }

    private Optional<Session> infoOrGo(int option, ByteBuffer data) throws IOException {
        if (data.remaining() < Integer.BYTES + Short.BYTES) {
            throw new WireFormatException("option data of " + data.remaining() + " bytes");
        }
        String name = WireStrings.take(data, data.getInt());
        if (data.remaining() < Short.BYTES) {
            throw new WireFormatException("option data ends behind the export's name");
        }
        int count = Short.toUnsignedInt(data.getShort());
        if (data.remaining() != count * Short.BYTES) {
            throw new WireFormatException(
                    data.remaining() + " bytes where " + count + " information requests should be");
        }
        Set<Integer> wanted = new TreeSet<>();
        while (data.hasRemaining()) {
            wanted.add(Short.toUnsignedInt(data.getShort()));
        }
        Optional<NbdExport> found = exports.find(name);
        if (found.isEmpty()) {
            refuseUnknown(option);
            return Optional.empty();
        }
        NbdExport export = found.get();
        if (option == OptionCode.INFO) {
            replyInfos(option, ExportOffer.of(export, structuredReplies), wanted);
            acknowledge(option);
            return Optional.empty();
        }
        Closeable handle;
        try {
            handle = export.open(holder);
        } catch (IOException e) {
            refuse(option, OptionReply.ERR_POLICY, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
        try {
            Session session = session(name, export, handle, wanted.contains(InfoType.BLOCK_SIZE));
            replyInfos(option, session.offer(), wanted);
            acknowledge(option);
            return Optional.of(session);
        } catch (Throwable t) {
            closeAfter(t, handle);
            throw t;
        }
    }

    /** What was asked for, where we have it; the size and the flags always. */
    private void replyInfos(int option, ExportOffer offer, Set<Integer> wanted) throws IOException {
        ByteBuffer info = ByteBuffer.allocate(Short.BYTES + WireSizes.MAX_STRING);
        info.putShort((short) InfoType.EXPORT).putLong(offer.sizeBytes()).putShort((short) offer.flags());
        reply(option, OptionReply.INFO, info.flip());
        if (wanted.contains(InfoType.BLOCK_SIZE)) {
            info.clear()
                    .putShort((short) InfoType.BLOCK_SIZE)
                    .putInt(offer.minimumBlockBytes())
                    .putInt(offer.preferredBlockBytes())
                    .putInt(WireSizes.MAX_PAYLOAD);
            reply(option, OptionReply.INFO, info.flip());
        }
        if (wanted.contains(InfoType.NAME)) {
            byte[] name = offer.export().name().getBytes(StandardCharsets.UTF_8);
            reply(
                    option,
                    OptionReply.INFO,
                    info.clear().putShort((short) InfoType.NAME).put(name).flip());
        }
        String description = offer.export().description();
        if (wanted.contains(InfoType.DESCRIPTION) && !description.isEmpty()) {
            byte[] text = WireStrings.encodeText(description);
            reply(
                    option,
                    OptionReply.INFO,
                    info.clear()
                            .putShort((short) InfoType.DESCRIPTION)
                            .put(text)
                            .flip());
        }
    }

    private static void requireEmpty(ByteBuffer data) throws WireFormatException {
        if (data.hasRemaining()) {
            throw new WireFormatException(data.remaining() + " bytes of data where none are allowed");
        }
    }

    private void acknowledge(int option) throws IOException {
        reply(option, OptionReply.ACK, ByteBuffer.allocate(0));
    }

    private void refuseUnknown(int option) throws IOException {
        // The name is not echoed: it may be as long as a whole text is allowed to be, and the client knows it.
        refuse(option, OptionReply.ERR_UNKNOWN, "no such export");
    }

    private void refuse(int option, int error, String text) throws IOException {
        reply(option, error, ByteBuffer.wrap(WireStrings.encodeText(text)));
    }

    private void reply(int option, int type, ByteBuffer data) throws IOException {
        ByteBuffer message = ByteBuffer.allocate(WireSizes.OPTION_REPLY_HEADER + data.remaining())
                .putLong(Magic.OPTION_REPLY)
                .putInt(option)
                .putInt(type)
                .putInt(data.remaining())
                .put(data);
        send(message);
    }

    private void send(ByteBuffer message) throws IOException {
        socket.writeFully(message.flip(), deadline);
    }

    private ByteBuffer receive(int bytes) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(bytes);
        socket.readFully(data, deadline);
        return data.flip();
    }

    private void skip(int bytes) throws IOException {
        ByteBuffer scratch = ByteBuffer.allocate(Math.min(bytes, MAX_OPTION_BYTES));
        for (int left = bytes; left > 0; ) {
            scratch.clear().limit(Math.min(left, scratch.capacity()));
            left -= scratch.remaining();
            socket.readFully(scratch, deadline);
        }
    }

    private static void closeAfter(Throwable t, Closeable handle) {
        try {
            handle.close();
        } catch (IOException e) {
            t.addSuppressed(e);
        }
    }
}
