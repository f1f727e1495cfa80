package io.devicemapper.nbd.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Strings on the wire: UTF-8 without NUL, at most {@link WireSizes#MAX_STRING} bytes. What a peer sends is never trusted. */
public final class WireStrings {
    private WireStrings() {}

    /**
     * Takes a string out of a message.
     *
     * @param message the string begins at its position, which moves behind it; unchanged where this throws
     * @param lengthBytes the length as it came off the wire, so it may be anything, also negative as an unsigned number above
     *     2^31
     * @throws WireFormatException if the string is longer than the message or the protocol's limit, is not UTF-8 or contains NUL
     */
    public static String take(ByteBuffer message, int lengthBytes) throws WireFormatException {
        if (lengthBytes < 0 || lengthBytes > message.remaining()) {
            throw new WireFormatException("string of " + Integer.toUnsignedString(lengthBytes) + " bytes where "
                    + message.remaining() + " bytes are left");
        }
        if (lengthBytes > WireSizes.MAX_STRING) {
            throw new WireFormatException(
                    "string of " + lengthBytes + " bytes; at most " + WireSizes.MAX_STRING + " are allowed");
        }
        ByteBuffer bytes = message.slice(message.position(), lengthBytes);
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new WireFormatException("string is not UTF-8", e);
        }
        if (text.indexOf('\0') >= 0) {
            throw new WireFormatException("string contains NUL");
        }
        message.position(message.position() + lengthBytes);
        return text;
    }

    /**
     * A text as bytes for the wire, cut to the protocol's limit without breaking a character. For texts that people read; a name
     * must not be cut.
     */
    public static byte[] encodeText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= WireSizes.MAX_STRING) {
            return bytes;
        }
        int end = WireSizes.MAX_STRING;
        while ((bytes[end] & 0xC0) == 0x80) { // in the middle of a character
            end--;
        }
        return Arrays.copyOf(bytes, end);
    }

    /** Whether a name can go over the wire as it is. */
    public static boolean isName(String name) {
        return name.indexOf('\0') < 0 && name.getBytes(StandardCharsets.UTF_8).length <= WireSizes.MAX_STRING;
    }
}
