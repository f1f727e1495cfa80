package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.devicemapper.testkit.ModelDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Images with wrong bytes: what is read from them is right, or an error. */
class FuzzTest {
    private static final int BLOCKS = 256;
    private static final int ENTRIES = 5000;
    private static final int ARRAY_SIZE = 2000;
    private final long seed = Soak.seed();
    private final Random random = new Random(seed);
    private final TreeMap<Long, Long> model = new TreeMap<>();

    private byte[] image() throws MetadataException {
        ModelDevice device = ModelDevice.create("meta", BLOCKS * 8L);
        MetadataStore store = MetadataStore.format(device, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT);
        LongBTree tree = store.createLongTree();
        PersistentArray array = store.createArray(Long.BYTES);
        array.resize(ARRAY_SIZE, 0);
        for (int i = 0; i < ENTRIES; i++) {
            long key = random.nextInt(1_000_000);
            model.put(key, key * 3);
            tree.put(key, key * 3);
            array.set(key % ARRAY_SIZE, key % ARRAY_SIZE + 1);
        }
        LittleEndian.putLong(store.superblock(), TestFormat.TREE, tree.root());
        LittleEndian.putLong(store.superblock(), TestFormat.LONGS, array.root());
        LittleEndian.putLong(store.superblock(), TestFormat.LONGS_SIZE, ARRAY_SIZE);
        store.commit();
        byte[] image = new byte[BLOCKS * BlockType.BLOCK_BYTES];
        device.model().read(0, ByteBuffer.wrap(image));
        return image;
    }

    private static ModelDevice device(byte[] image) {
        ModelDevice device = ModelDevice.create("meta", BLOCKS * 8L);
        device.model().write(0, ByteBuffer.wrap(image));
        return device;
    }

    @Test
    void damageIsAnErrorNeverAWrongAnswer() throws MetadataException {
        byte[] image = image();
        int rounds = Soak.times(400, 20_000);
        int errors = 0;
        for (int i = 0; i < rounds; i++) {
            byte[] damaged = image.clone();
            damage(damaged, 1 + random.nextInt(20));
            errors += readAll(device(damaged), true, "seed " + seed + ", round " + i + ": ") ? 0 : 1;
        }
        if (errors == 0) {
            fail("seed " + seed + ": no damage was found in " + rounds + " rounds");
        }
    }

    /** Bits, bytes, whole sectors, and blocks in the place of others. */
    private void damage(byte[] image, int count) {
        for (int i = 0; i < count; i++) {
            int at = random.nextInt(64 * BlockType.BLOCK_BYTES);
            switch (random.nextInt(4)) {
                case 0 -> image[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> image[at] = (byte) random.nextInt();
                case 2 -> {
                    byte[] sector = new byte[512];
                    random.nextBytes(sector);
                    System.arraycopy(sector, 0, image, at / 512 * 512, 512);
                }
                default ->
                    System.arraycopy(
                            image,
                            random.nextInt(64) * BlockType.BLOCK_BYTES,
                            image,
                            at / BlockType.BLOCK_BYTES * BlockType.BLOCK_BYTES,
                            BlockType.BLOCK_BYTES);
            }
        }
    }

    /** Wrong fields under right checksums: a hostile image. Whatever comes out, nothing hangs, and no other exception is thrown. */
    @Test
    void hostileImagesNeitherHangNorCrash() throws MetadataException {
        byte[] image = image();
        int rounds = Soak.times(600, 20_000);
        for (int i = 0; i < rounds; i++) {
            byte[] hostile = image.clone();
            for (int change = 1 + random.nextInt(4); change > 0; change--) {
                forge(hostile);
            }
            String told = "seed " + seed + ", round " + i + ": ";
            try {
                readAll(device(hostile), false, told);
                change(device(hostile));
            } catch (RuntimeException | Error e) {
                throw new AssertionError(told + e, e);
            }
        }
    }

    private void forge(byte[] image) {
        int number = random.nextInt(64);
        byte[] block = new byte[BlockType.BLOCK_BYTES];
        System.arraycopy(image, number * BlockType.BLOCK_BYTES, block, 0, block.length);
        // Fields are worth more than payload: headers, first keys and first values.
        int[] fields = {4, 8, 12, 16, 20, 24, 32, 40, 64, 72, 80, 88, 192, 200, 208, 2048, 2056, 2064};
        int field = random.nextInt(3) == 0 ? random.nextInt(510) * 8 : fields[random.nextInt(fields.length)];
        long[] values = {0, 1, 2, -1, random.nextInt(64), random.nextInt(64), random.nextLong()};
        long value = values[random.nextInt(values.length)];
        if (random.nextBoolean()) {
            LittleEndian.putInt(block, field, (int) value);
        } else {
            LittleEndian.putLong(block, field, value);
        }
        List<BlockType> types =
                new ArrayList<>(List.of(BlockType.NODE, BlockType.ARRAY, BlockType.BITMAP, BlockType.INDEX));
        types.add(BlockType.superblock("test", TestFormat.INSTANCE.checksumSalt()));
        byte[] before = new byte[BlockType.BLOCK_BYTES];
        System.arraycopy(image, number * BlockType.BLOCK_BYTES, before, 0, before.length);
        for (BlockType type : types) {
            if (type.checksumMatches(before)) {
                type.stamp(block, number);
            }
        }
        System.arraycopy(block, 0, image, number * BlockType.BLOCK_BYTES, block.length);
    }

    /** Reads everything. Returns false if there was an error. */
    private boolean readAll(ModelDevice device, boolean mustBeRight, String told) {
        boolean whole = true;
        try {
            MetadataCheck.check(device, TestFormat.INSTANCE);
            MetadataStore store = MetadataStore.open(device, TestFormat.INSTANCE, StoreOptions.DEFAULT);
            long treeRoot = TestFormat.root(store.superblock(), TestFormat.TREE);
            whole = readTree(store.openLongTree(treeRoot), mustBeRight, told);
            PersistentArray array = store.openArray(Long.BYTES, TestFormat.root(store.superblock(), TestFormat.LONGS));
            for (int i = 0; i < ARRAY_SIZE; i++) {
                long value = array.get(i);
                if (mustBeRight && value != 0) {
                    assertEquals(i + 1, value, told);
                }
            }
        } catch (MetadataException e) {
            return false;
        } catch (IndexOutOfBoundsException e) {
            if (mustBeRight) {
                throw e;
            }
            return false;
        }
        return whole;
    }

    private boolean readTree(LongBTree tree, boolean mustBeRight, String told) {
        boolean whole = true;
        for (int i = 0; i < 50; i++) {
            long key = random.nextInt(1_000_000);
            try {
                long value = tree.get(key, -1);
                if (mustBeRight) {
                    assertEquals(model.getOrDefault(key, -1L), value, told);
                }
            } catch (MetadataException e) {
                whole = false;
            }
        }
        try {
            LongCursor cursor = tree.cursor();
            boolean found = cursor.first();
            for (Map.Entry<Long, Long> entry : model.entrySet()) {
                if (mustBeRight) {
                    assertEquals(true, found, told);
                    assertEquals(entry.getKey(), cursor.key(), told);
                    assertEquals(entry.getValue(), cursor.value(), told);
                } else if (!found) {
                    break;
                }
                found = cursor.next();
            }
            for (found = tree.cursor().last(); found && !mustBeRight; ) {
                found = false;
            }
        } catch (MetadataException e) {
            whole = false;
        }
        return whole;
    }

    private void change(ModelDevice device) {
        try {
            MetadataStore store = MetadataStore.open(device, TestFormat.INSTANCE, StoreOptions.DEFAULT);
            LongBTree tree = store.openLongTree(TestFormat.root(store.superblock(), TestFormat.TREE));
            for (int i = 0; i < 200; i++) {
                long key = random.nextInt(1_000_000);
                if (random.nextBoolean()) {
                    tree.put(key, i);
                } else {
                    tree.remove(key);
                }
            }
            store.commit();
            tree.delete();
            store.commit();
        } catch (MetadataException e) {
            // That is the answer which a hostile image deserves.
            return;
        }
    }
}
