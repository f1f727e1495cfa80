package io.devicemapper.nbd.client;

import io.devicemapper.block.BioStatus;
import io.devicemapper.nbd.protocol.ChunkType;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.Magic;
import io.devicemapper.nbd.protocol.NbdError;
import io.devicemapper.nbd.protocol.WireFormatException;
import io.devicemapper.nbd.protocol.WireSizes;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * Takes the replies of one connection and ends the requests that they belong to. Simple replies and structured ones, whose chunks
 * may come in any order and interleaved with others'.
 *
 * <p>The server is not trusted: a cookie must be that of a request which was sent, a range must lie inside that request, nothing
 * may arrive twice or be missing at the end. A breach breaks the connection.
 *
 * <p>For the receiving thread alone.
 */
final class ReplyReceiver {
    /** From here on, a direct payload is read into without a detour. */
    private static final int READ_THROUGH_FROM_BYTES = 16 << 10;

    private static final int ERROR_PAYLOAD_BYTES = Integer.BYTES + Short.BYTES;
    private static final int MAX_ERROR_CHUNK_BYTES = ERROR_PAYLOAD_BYTES + WireSizes.MAX_STRING + Long.BYTES;
    private static final int EXTENT_BYTES = 2 * Integer.BYTES;
    private static final int HOLE_BYTES = Long.BYTES + Integer.BYTES;

    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();

    /** What the next bytes are. */
    private enum Expect {
        REPLY,
        DATA,
        EXTENTS
    }

    private final SocketChannel channel;
    private final RequestQueue queue;
    private final NbdExport export;

    /** Ready to be taken from; what is left of a message that is not complete stays at its begin. */
    private final ByteBuffer in;

    private Expect expect = Expect.REPLY;
    private NbdRequest request;
    private boolean lastChunk;
    private int dataIndex;
    private long bytesLeft;
    private boolean answered;

    /** @param buffer a direct buffer that nobody else uses while this connection lives */
    ReplyReceiver(SocketChannel channel, RequestQueue queue, NbdExport export, ByteBuffer buffer) {
        this.channel = channel;
        this.queue = queue;
        this.export = export;
        this.in = buffer.clear().flip();
    }

    boolean hasAnswered() {
        return answered;
    }

    /**
     * Takes what has arrived. Ends requests on the way.
     *
     * @throws IOException if the connection is at its end, or the server breached the protocol or is about to stop
     */
    void receive() throws IOException {
        boolean more = true;
        while (more) {
            more = read();
            while (take()) {
                // until the message at the begin of the buffer is not complete
            }
        }
    }

    /** @return whether there may be more to read at once */
    private boolean read() throws IOException {
        if (expect == Expect.DATA
                && bytesLeft >= READ_THROUGH_FROM_BYTES
                && request.payload.isDirect()
                && !in.hasRemaining()) {
            return readThrough();
        }
        in.compact();
        int room = in.remaining();
        int count;
        try {
            count = channel.read(in);
        } finally {
            in.flip();
        }
        checkEnd(count);
        return count == room;
    }

    /** Reads into the payload itself, and what follows into the buffer. */
    private boolean readThrough() throws IOException {
        int length = Math.toIntExact(bytesLeft);
        ByteBuffer target =
                request.payload.duplicate().limit(dataIndex + length).position(dataIndex);
        in.clear();
        int room = length + in.remaining();
        long count;
        try {
            count = channel.read(new ByteBuffer[] {target, in});
        } finally {
            in.flip();
        }
        checkEnd(count);
        int taken = target.position() - dataIndex;
        dataIndex += taken;
        bytesLeft -= taken;
        return count == room;
    }

    private static void checkEnd(long count) throws EOFException {
        if (count < 0) {
            throw new EOFException("the server closed the connection");
        }
    }

    /** @return whether something was taken; false if the next message is not complete */
    private boolean take() throws IOException {
        return switch (expect) {
            case REPLY -> takeReply();
            case DATA -> takeData();
            case EXTENTS -> takeExtents();
        };
    }

    private boolean takeReply() throws IOException {
        if (in.remaining() < Integer.BYTES) {
            return false;
        }
        int magic = in.getInt(in.position());
        if (magic == Magic.SIMPLE_REPLY) {
            if (in.remaining() < WireSizes.SIMPLE_REPLY) {
                return false;
            }
            takeSimpleReply();
            return true;
        }
        if (magic == Magic.STRUCTURED_REPLY && export.structuredReplies()) {
            return takeChunk();
        }
        throw new WireFormatException("reply with the magic number 0x" + Integer.toHexString(magic));
    }

    private void takeSimpleReply() throws IOException {
        in.getInt();
        int error = in.getInt();
        request = find(in.getLong());
        if (export.structuredReplies() && request.command == Command.READ) {
            throw breach("a simple reply to a read, where structured ones were agreed on");
        }
        if (error != NbdError.OK) {
            finish(status(error));
        } else if (request.command == Command.READ) {
            lastChunk = true;
            request.noteData(request.offsetBytes, request.lengthBytes);
            expectData(request.offsetBytes, request.lengthBytes);
        } else if (request.command == Command.BLOCK_STATUS) {
            throw breach("no extents");
        } else {
            finish(BioStatus.OK);
        }
    }

    private boolean takeChunk() throws IOException {
        if (in.remaining() < WireSizes.CHUNK_HEADER) {
            return false;
        }
        int begin = in.position();
        int flags = Short.toUnsignedInt(in.getShort(begin + 4));
        int type = Short.toUnsignedInt(in.getShort(begin + 6));
        request = find(in.getLong(begin + 8));
        long length = Integer.toUnsignedLong(in.getInt(begin + 16));
        int whole = WireSizes.CHUNK_HEADER + completeBytes(type, length);
        if (in.remaining() < whole) {
            return false;
        }
        in.position(begin + WireSizes.CHUNK_HEADER);
        lastChunk = (flags & ChunkType.FLAG_DONE) != 0;
        switch (type) {
            case ChunkType.NONE -> {
                if (!lastChunk) {
                    throw breach("an empty chunk that is not the last one");
                }
                endChunk();
            }
            case ChunkType.OFFSET_DATA -> {
                long offset = in.getLong();
                noteData(offset, length - Long.BYTES);
                expectData(offset, length - Long.BYTES);
            }
            case ChunkType.OFFSET_HOLE -> {
                long offset = in.getLong();
                long holeLength = Integer.toUnsignedLong(in.getInt());
                noteData(offset, holeLength);
                zero(payloadIndex(offset), (int) holeLength);
                endChunk();
            }
            case ChunkType.BLOCK_STATUS -> beginExtents(length);
            default -> {
                takeError(begin + whole);
                endChunk();
            }
        }
        return true;
    }

    /** How much of a chunk's payload must be there to go on; checks that its length fits its type. */
    private int completeBytes(int type, long length) throws WireFormatException {
        boolean fits =
                switch (type) {
                    case ChunkType.NONE -> length == 0;
                    case ChunkType.OFFSET_DATA -> length > Long.BYTES;
                    case ChunkType.OFFSET_HOLE -> length == HOLE_BYTES;
                    case ChunkType.BLOCK_STATUS ->
                        length >= Integer.BYTES + EXTENT_BYTES && (length - Integer.BYTES) % EXTENT_BYTES == 0;
                    default ->
                        ChunkType.isError(type) && length >= ERROR_PAYLOAD_BYTES && length <= MAX_ERROR_CHUNK_BYTES;
                };
        if (!fits) {
            throw breach("a chunk of type 0x" + Integer.toHexString(type) + " with " + length + " bytes");
        }
        return switch (type) {
            case ChunkType.OFFSET_DATA -> Long.BYTES;
            case ChunkType.BLOCK_STATUS -> Integer.BYTES;
            default -> (int) length;
        };
    }

    private void takeError(int end) throws IOException {
        int error = in.getInt();
        int textLength = Short.toUnsignedInt(in.getShort());
        if (error == NbdError.OK || textLength > end - in.position()) {
            throw breach("an error chunk that makes no sense");
        }
        in.position(end);
        request.noteError(status(error));
    }

    private void noteData(long offset, long length) throws WireFormatException {
        // An offset is unsigned on the wire; here a large one is negative and lies before the request.
        boolean inside = request.command == Command.READ
                && length > 0
                && length <= request.lengthBytes
                && offset >= request.offsetBytes
                && offset - request.offsetBytes <= request.lengthBytes - length;
        if (!inside) {
            throw breach("data for " + Long.toUnsignedString(offset) + "+" + length);
        }
        if (!request.noteData(offset, length)) {
            throw breach("data for " + offset + "+" + length + ", where some came before");
        }
    }

    private int payloadIndex(long offset) {
        return request.payloadStart + (int) (offset - request.offsetBytes);
    }

    private void expectData(long offset, long length) {
        dataIndex = payloadIndex(offset);
        bytesLeft = length;
        expect = Expect.DATA;
    }

    private boolean takeData() throws IOException {
        int count = (int) Math.min(bytesLeft, in.remaining());
        request.payload.put(dataIndex, in, in.position(), count);
        in.position(in.position() + count);
        dataIndex += count;
        bytesLeft -= count;
        if (bytesLeft > 0) {
            return false;
        }
        endChunk();
        return true;
    }

    private void zero(int index, int length) {
        for (int done = 0; done < length; ) {
            int count = Math.min(length - done, ZEROES.capacity());
            request.payload.put(index + done, ZEROES, 0, count);
            done += count;
        }
    }

    private void beginExtents(long length) throws WireFormatException {
        long context = Integer.toUnsignedLong(in.getInt());
        if (!(request instanceof BlockStatusRequest question)
                || context != export.allocationContext()
                || !question.beginAnswer()) {
            throw breach("extents that nobody asked for");
        }
        bytesLeft = length - Integer.BYTES;
        expect = Expect.EXTENTS;
    }

    private boolean takeExtents() throws IOException {
        BlockStatusRequest question = (BlockStatusRequest) request;
        while (bytesLeft > 0) {
            if (in.remaining() < EXTENT_BYTES) {
                return false;
            }
            if (!question.addExtent(Integer.toUnsignedLong(in.getInt()), in.getInt())) {
                throw breach("an extent that is empty, behind the end, or one too many");
            }
            bytesLeft -= EXTENT_BYTES;
        }
        endChunk();
        return true;
    }

    private void endChunk() throws IOException {
        expect = Expect.REPLY;
        if (!lastChunk) {
            return;
        }
        if (request.error() != null) {
            finish(request.error());
            return;
        }
        if (request.command == Command.READ && !request.hasAllData()) {
            throw breach("only a part of the data");
        }
        if (request instanceof BlockStatusRequest question && !question.hasExtents()) {
            throw breach("no extents");
        }
        finish(BioStatus.OK);
    }

    private void finish(BioStatus status) {
        answered = true;
        NbdRequest ended = request;
        request = null;
        queue.answered(ended, status);
    }

    private NbdRequest find(long cookie) throws WireFormatException {
        NbdRequest found = queue.find(cookie);
        if (found == null) {
            throw new WireFormatException("a reply with the cookie 0x" + Long.toHexString(cookie)
                    + ", which belongs to no request that is under way");
        }
        return found;
    }

    private static BioStatus status(int error) throws IOException {
        if (error == NbdError.ESHUTDOWN) {
            throw new GivenUpException("the server is about to stop");
        }
        return NbdError.toStatus(error);
    }

    private WireFormatException breach(String what) {
        return new WireFormatException("the server's reply to " + request + ": " + what);
    }
}
