package io.devicemapper.nbd.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireStringsTest {
    @Test
    void takesAStringAndMovesBehindIt() throws Exception {
        ByteBuffer message = StandardCharsets.UTF_8.encode("xgrün!");
        message.position(1);
        assertEquals("grün", WireStrings.take(message, 5));
        assertEquals(6, message.position());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 5})
    void refusesALengthBeyondTheMessage(int length) {
        ByteBuffer message = ByteBuffer.allocate(4);
        assertThrows(WireFormatException.class, () -> WireStrings.take(message, length));
        assertEquals(0, message.position());
    }

    @Test
    void boundsTheLength() throws Exception {
        byte[] letters = "a".repeat(WireSizes.MAX_STRING + 1).getBytes(StandardCharsets.US_ASCII);
        assertEquals(
                WireSizes.MAX_STRING,
                WireStrings.take(ByteBuffer.wrap(letters), WireSizes.MAX_STRING).length());
        assertThrows(WireFormatException.class, () -> WireStrings.take(ByteBuffer.wrap(letters), letters.length));
    }

    @Test
    void refusesWhatIsNotUtf8OrContainsNul() {
        assertThrows(WireFormatException.class, () -> WireStrings.take(ByteBuffer.wrap(new byte[] {(byte) 0xC3}), 1));
        assertThrows(WireFormatException.class, () -> WireStrings.take(ByteBuffer.wrap(new byte[] {'a', 0}), 2));
    }

    @Test
    void cutsATextAtACharacter() {
        byte[] cut = WireStrings.encodeText("x" + "ü".repeat(WireSizes.MAX_STRING));
        assertEquals(WireSizes.MAX_STRING - 1, cut.length);
        assertEquals("x" + "ü".repeat(2047), new String(cut, StandardCharsets.UTF_8));
    }

    @Test
    void knowsWhatANameIs() {
        assertTrue(WireStrings.isName(""));
        assertFalse(WireStrings.isName("a\0b"));
        assertFalse(WireStrings.isName("ü".repeat(2049)));
    }
}
