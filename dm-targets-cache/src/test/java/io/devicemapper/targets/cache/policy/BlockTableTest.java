package io.devicemapper.targets.cache.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockTableTest {
    @Test
    void behavesAsAMap() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int capacity : new int[] {1, 2, 3, 100}) {
            BlockTable table = new BlockTable(capacity);
            Map<Long, Integer> model = new HashMap<>();
            for (int step = 0; step < 20_000; step++) {
                long block = random.nextInt(2 * capacity) * (1L << (random.nextInt(2) * 40));
                Integer entry = model.get(block);
                assertEquals(entry == null ? BlockTable.NONE : entry, table.find(block), () -> "seed " + seed);
                if (entry != null) {
                    assertEquals(block, table.block(entry), () -> "seed " + seed);
                    table.remove(entry);
                    model.remove(block);
                } else if (model.size() < capacity) {
                    int added = table.add(block);
                    assertTrue(added >= 0 && added < capacity && !model.containsValue(added), () -> "seed " + seed);
                    model.put(block, added);
                }
                assertEquals(model.size(), table.size());
            }
        }
    }

    @Test
    void refusesMoreThanItHolds() {
        BlockTable table = new BlockTable(2);
        table.add(5);
        assertFalse(table.isFull());
        table.add(7);
        assertTrue(table.isFull());
        assertThrows(IllegalStateException.class, () -> table.add(9));
    }
}
