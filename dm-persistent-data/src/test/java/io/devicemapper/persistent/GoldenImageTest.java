package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.testkit.ModelDevice;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Metadata that a Linux kernel wrote: three blocks of 64 are cached, of the origin's blocks 0, 3 and 5. */
class GoldenImageTest {
    private static final long DEVICE_BYTES = 64 << 20;

    /** The device's content up to its last byte that is not zero. */
    static ModelDevice device(String name) throws IOException {
        try (InputStream image = GoldenImageTest.class.getResourceAsStream("/kernel-golden/" + name)) {
            assertNotNull(image, name);
            byte[] bytes = new GZIPInputStream(image).readAllBytes();
            ModelDevice device = ModelDevice.create(name, DEVICE_BYTES / 512);
            device.model().write(0, ByteBuffer.wrap(Arrays.copyOf(bytes, (bytes.length + 511) / 512 * 512)));
            return device;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cache-metadata-writeback.img.gz", "cache-metadata-writethrough.img.gz"})
    void theKernelsMappingsAreThere(String name) throws IOException {
        ModelDevice device = device(name);
        MetadataStore store = MetadataStore.open(device, CacheSuperblockFormat.INSTANCE, StoreOptions.DEFAULT);
        byte[] superblock = store.superblock();
        assertEquals(1, store.version());
        assertEquals(64, LittleEndian.getInt(superblock, CacheSuperblockFormat.CACHE_BLOCKS));
        PersistentArray mappings =
                store.openArray(8, LittleEndian.getLong(superblock, CacheSuperblockFormat.MAPPING_ROOT));
        assertEquals(64, mappings.size());
        long[] origin = {0, 3, 5};
        for (int block = 0; block < 64; block++) {
            assertEquals(block < 3 ? (origin[block] << 16) | 1 : 0, mappings.get(block), "cache block " + block);
        }
        PersistentArray hints = store.openArray(4, LittleEndian.getLong(superblock, CacheSuperblockFormat.HINT_ROOT));
        assertEquals(63, hints.get(2));
        PersistentBitset discards = store.openBitset(
                LittleEndian.getLong(superblock, CacheSuperblockFormat.DISCARD_ROOT),
                LittleEndian.getLong(superblock, CacheSuperblockFormat.DISCARD_NR_BLOCKS));
        assertTrue(discards.size() > 0);
        assertFalse(discards.get(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cache-metadata-writeback.img.gz", "cache-metadata-writethrough.img.gz"})
    void ourCheckFindsNothing(String name) throws IOException {
        ModelDevice device = device(name);
        CheckReport report = MetadataCheck.check(device, CacheSuperblockFormat.INSTANCE);
        assertTrue(report.isClean(), report::toString);
        MetadataStore store = MetadataStore.open(device, CacheSuperblockFormat.INSTANCE, StoreOptions.DEFAULT);
        assertEquals(report.usedBlocks(), store.usedBlocks());
        assertEquals(LittleEndian.getLong(store.superblock(), 64 + 8), store.usedBlocks(), "the kernel's own count");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cache-metadata-writeback.img.gz", "cache-metadata-writethrough.img.gz"})
    void whatWeChangeInItChecksCleanAgain(String name) throws IOException {
        ModelDevice device = device(name);
        MetadataStore store = MetadataStore.open(device, CacheSuperblockFormat.INSTANCE, StoreOptions.DEFAULT);
        byte[] superblock = store.superblock();
        PersistentArray mappings =
                store.openArray(8, LittleEndian.getLong(superblock, CacheSuperblockFormat.MAPPING_ROOT));
        for (int i = 0; i < 20; i++) {
            mappings.set(63, ((100L + i) << 16) | 1);
            LittleEndian.putLong(superblock, CacheSuperblockFormat.MAPPING_ROOT, mappings.root());
            store.commit();
            CheckReport report = MetadataCheck.check(device, CacheSuperblockFormat.INSTANCE);
            assertTrue(report.isClean(), report::toString);
        }
    }
}
