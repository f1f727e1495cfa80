package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.testkit.SectorPattern.Mark;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SectorPatternTest {
    private final SectorPattern pattern = SectorPattern.golden();

    @Test
    void aSectorIsSixteenLinesThatSayWhereTheyBelong() {
        StringBuilder expected = new StringBuilder();
        for (int line = 0; line < 16; line++) {
            expected.append(String.format("%08x:%016x:%02x:T%c\n", 1, 0x123456789aL, line, 'b'));
        }
        String found = StandardCharsets.US_ASCII
                .decode(pattern.sectors(0x123456789aL, 1, 'b'))
                .toString();
        assertEquals(expected.toString(), found);
    }

    @Test
    void theSeedIsWrittenUnsigned() {
        String found = StandardCharsets.US_ASCII
                .decode(new SectorPattern(-2).sectors(0, 1, 'a'))
                .toString();
        assertTrue(found.startsWith("fffffffe:0000000000000000:00:Ta\n"), found);
    }

    @Test
    void fillingKeepsPositionAndLimitAndWhatLiesOutside() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(4 * 512).position(512).limit(3 * 512);
        pattern.fill(buffer, 7, 'a');
        assertEquals(512, buffer.position());
        assertEquals(3 * 512, buffer.limit());
        buffer.clear();
        assertEquals("zero*1 7+2:a zero*1", ContentWords.of(buffer, pattern));
    }

    @Test
    void fillingPartsOfSectorsIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> pattern.fill(ByteBuffer.allocate(513), 0, 'a'));
    }

    @Test
    void everyByteCountsWhenASectorIsIdentified() {
        ByteBuffer content = pattern.sectors(Long.MAX_VALUE, 1, 'z');
        assertEquals(Optional.of(new Mark(Long.MAX_VALUE, 'z')), pattern.identify(content, 0));
        for (int i = 0; i < 512; i++) {
            byte before = content.get(i);
            content.put(i, (byte) '#');
            assertEquals(Optional.empty(), pattern.identify(content, 0), "byte " + i);
            content.put(i, before);
        }
    }

    @Test
    void anotherSeedIsNotIdentified() {
        assertEquals(Optional.empty(), new SectorPattern(2).identify(pattern.sectors(5, 1, 'a'), 0));
    }
}
