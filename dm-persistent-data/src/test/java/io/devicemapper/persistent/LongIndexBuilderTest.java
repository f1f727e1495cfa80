package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An index in memory that was built from entries in order is found, and changes, like any other. */
class LongIndexBuilderTest {
    private static final long ABSENT = -1;

    private final long seed = new Random().nextLong();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 252, 253, 70_000})
    void hasItsEntriesAndTakesChanges(int entries) throws MetadataException {
        Random random = new Random(seed);
        TreeMap<Long, Long> model = new TreeMap<>(Long::compareUnsigned);
        while (model.size() < entries) {
            model.put(random.nextLong(), random.nextLong() >>> 1);
        }
        LongIndex.Builder builder = new LongIndex.Builder();
        model.forEach(builder::add);
        LongIndex index = builder.build();
        requireSame(index, model);
        for (int i = 0; i < 1000; i++) {
            Long key = random.nextBoolean() && !model.isEmpty() ? model.ceilingKey(random.nextLong()) : null;
            if (key != null && random.nextBoolean()) {
                index.remove(key);
                model.remove(key);
            } else {
                long at = key == null ? random.nextLong() : key;
                index.put(at, i);
                model.put(at, (long) i);
            }
        }
        index.publish();
        requireSame(index, model);
    }

    private void requireSame(LongIndex index, SortedMap<Long, Long> model) throws MetadataException {
        model.forEach((key, value) -> assertEquals(value, index.get(key, ABSENT), () -> "seed " + seed));
        LongCursor cursor = index.cursor();
        boolean found = cursor.first();
        for (Long key : model.keySet()) {
            assertTrue(found, () -> "seed " + seed);
            assertEquals(key, cursor.key(), () -> "seed " + seed);
            found = cursor.next();
        }
        assertFalse(found, () -> "seed " + seed);
    }

    @ParameterizedTest
    @ValueSource(longs = {3, 2})
    void refusesKeysOutOfOrder(long second) {
        LongIndex.Builder builder = new LongIndex.Builder();
        builder.add(3, 1);
        assertThrows(IllegalArgumentException.class, () -> builder.add(second, 1));
    }
}
