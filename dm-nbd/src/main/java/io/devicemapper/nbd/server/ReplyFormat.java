package io.devicemapper.nbd.server;

import io.devicemapper.nbd.protocol.ChunkType;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.Magic;
import io.devicemapper.nbd.protocol.NbdError;
import io.devicemapper.nbd.protocol.WireSizes;
import java.nio.ByteBuffer;

/** Writes replies into buffers, in the form that one client agreed on: simple, or in chunks. */
final class ReplyFormat {
    /** Room that any status needs. */
    static final int MAX_STATUS_BYTES = 256;

    private static final int MAX_TEXT_BYTES = 200;
    private static final int ERROR_FIELDS = Integer.BYTES + Short.BYTES;

    private final boolean structured;

    ReplyFormat(boolean structured) {
        this.structured = structured;
    }

    /** Bytes in front of the data of a read. */
    int readHeaderBytes() {
        return structured ? WireSizes.CHUNK_HEADER + Long.BYTES : WireSizes.SIMPLE_REPLY;
    }

    /**
     * Writes what stands in front of the data of a read: a simple reply, or one chunk with all the data, which also satisfies a
     * client that set DF.
     */
    void putReadHeader(ByteBuffer buffer, int at, long cookie, long offset, int dataBytes) {
        if (structured) {
            putChunkHeader(buffer, at, ChunkType.OFFSET_DATA, cookie, Long.BYTES + dataBytes);
            buffer.putLong(at + WireSizes.CHUNK_HEADER, offset);
        } else {
            putSimple(buffer, at, NbdError.OK, cookie);
        }
    }

    /**
     * Writes a reply without data: how a request ended. Reads and block status are answered in chunks where these were agreed on.
     *
     * @param text plain ASCII for people, sent where the form has room for it
     * @return its length
     */
    int putStatus(ByteBuffer buffer, int at, int command, long cookie, int error, String text) {
        if (!structured || (command != Command.READ && command != Command.BLOCK_STATUS)) {
            putSimple(buffer, at, error, cookie);
            return WireSizes.SIMPLE_REPLY;
        }
        if (error == NbdError.OK) {
            putChunkHeader(buffer, at, ChunkType.NONE, cookie, 0);
            return WireSizes.CHUNK_HEADER;
        }
        int textBytes = Math.min(text.length(), MAX_TEXT_BYTES);
        putChunkHeader(buffer, at, ChunkType.ERROR, cookie, ERROR_FIELDS + textBytes);
        int field = at + WireSizes.CHUNK_HEADER;
        buffer.putInt(field, error);
        buffer.putShort(field + Integer.BYTES, (short) textBytes);
        for (int i = 0; i < textBytes; i++) {
            buffer.put(field + ERROR_FIELDS + i, (byte) text.charAt(i));
        }
        return WireSizes.CHUNK_HEADER + ERROR_FIELDS + textBytes;
    }

    /** Writes the header of the only, and so last, chunk of a reply. */
    static void putChunkHeader(ByteBuffer buffer, int at, int type, long cookie, int payloadBytes) {
        buffer.putInt(at, Magic.STRUCTURED_REPLY);
        buffer.putShort(at + 4, (short) ChunkType.FLAG_DONE);
        buffer.putShort(at + 6, (short) type);
        buffer.putLong(at + 8, cookie);
        buffer.putInt(at + 16, payloadBytes);
    }

    private static void putSimple(ByteBuffer buffer, int at, int error, long cookie) {
        buffer.putInt(at, Magic.SIMPLE_REPLY);
        buffer.putInt(at + 4, error);
        buffer.putLong(at + 8, cookie);
    }
}
