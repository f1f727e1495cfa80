package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ContentWordsTest {
    private final SectorPattern pattern = SectorPattern.golden();

    @Test
    void sectorsThatFollowEachOtherMakeOneWord() {
        assertEquals("5+3:a", words(sectors(5, 3, 'a')));
        assertEquals("5+3:a 8+2:b", words(sectors(5, 3, 'a'), sectors(8, 2, 'b')));
        assertEquals("5+1:a 5+1:a", words(sectors(5, 1, 'a'), sectors(5, 1, 'a')));
        assertEquals("16+8:a 0+8:a", words(sectors(16, 8, 'a'), sectors(0, 8, 'a')));
    }

    @Test
    void zeroesAndOtherContentAreCounted() {
        ByteBuffer other = ByteBuffer.allocate(2 * 512).put(0, (byte) 1).put(1023, (byte) 1);
        assertEquals("zero*3", words(ByteBuffer.allocate(3 * 512)));
        assertEquals("zero*1 other*2 9+1:a other*2", words(ByteBuffer.allocate(512), other, sectors(9, 1, 'a'), other));
    }

    @Test
    void nothingIsSaidAboutNothing() {
        assertEquals("", words());
    }

    @Test
    void onlyTheRangeFromPositionToLimitIsDescribed() {
        ByteBuffer content = sectors(0, 4, 'a').position(512).limit(3 * 512);
        assertEquals("1+2:a", ContentWords.of(content, pattern));
        assertEquals(512, content.position());
    }

    @Test
    void partsOfSectorsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> words(ByteBuffer.allocate(511)));
    }

    private ByteBuffer sectors(long first, int count, char generation) {
        return pattern.sectors(first, count, generation);
    }

    private String words(ByteBuffer... parts) {
        ByteBuffer content = ByteBuffer.allocate(8192);
        for (ByteBuffer part : parts) {
            content.put(part.duplicate());
        }
        return ContentWords.of(content.flip(), pattern);
    }
}
