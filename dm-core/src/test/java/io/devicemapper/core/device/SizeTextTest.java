package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizeTextTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1000, 1000",
        "8s, 4096",
        "1K, 1024",
        "64M, 67108864",
        "64m, 67108864",
        "3T, 3298534883328",
        "8191P, 9222246136947933184",
        "9223372036854775807, 9223372036854775807"
    })
    void readsNumbersAndSuffixes(String text, long bytes) {
        assertEquals(bytes, SizeText.parseBytes(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "M", "12X", "1.5G", "-1", "+1", "1 M", "0x10", "1MB", "1S", "１２"})
    void refusesWhatIsNoSize(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> SizeText.parseBytes(text));
        assertEquals(
                "size '" + text + "': expected a number of bytes, or a number followed by s (sectors), K, M, G, T or P",
                e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775808", "8192P", "99999999999999999999", "18014398509481984s"})
    void refusesWhatIsTooLarge(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> SizeText.parseBytes(text));
        assertEquals("size '" + text + "': more than 2^63-1 bytes", e.getMessage());
    }

    @Test
    void formatsInTheLargestUnitThatDivides() {
        assertEquals("64M", SizeText.format(64 << 20));
        assertEquals("1536", SizeText.format(1536));
        assertEquals("3T", SizeText.format(3L << 40));
        assertEquals("0", SizeText.format(0));
    }
}
