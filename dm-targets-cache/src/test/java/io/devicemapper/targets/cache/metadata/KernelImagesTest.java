package io.devicemapper.targets.cache.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.persistent.CacheSuperblockFormat;
import io.devicemapper.persistent.CheckReport;
import io.devicemapper.persistent.MetadataCheck;
import io.devicemapper.targets.cache.metadata.CacheImage.Mapping;
import io.devicemapper.testkit.ModelDevice;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Metadata that a Linux kernel wrote: three blocks of 64 are cached, of the origin's blocks 0, 3 and 5. */
class KernelImagesTest {
    private static final long DEVICE_SECTORS = (64 << 20) / 512;

    private static final Map<Long, Mapping> MAPPINGS = Map.of(
            0L, new Mapping(0, false, 63),
            1L, new Mapping(3, false, 63),
            2L, new Mapping(5, false, 63));

    static ModelDevice device(String name) throws IOException {
        try (InputStream image = KernelImagesTest.class.getResourceAsStream("/kernel-golden/" + name)) {
            assertNotNull(image, name);
            byte[] bytes = new GZIPInputStream(image).readAllBytes();
            ModelDevice device = ModelDevice.create(name, DEVICE_SECTORS);
            device.model().write(0, ByteBuffer.wrap(Arrays.copyOf(bytes, (bytes.length + 511) / 512 * 512)));
            return device;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cache-metadata-writeback.img.gz", "cache-metadata-writethrough.img.gz"})
    void isLoadedTakenOverAndChanged(String name) throws IOException {
        ModelDevice device = device(name);
        try (CacheMetadata metadata = CacheMetadata.open(device)) {
            assertEquals(Provenance.FOREIGN_CLEAN, metadata.provenance());
            assertEquals(1, metadata.superblock().version());
            assertEquals(64, metadata.cacheBlocks());
            assertEquals("smq", metadata.superblock().policy().name());
            assertEquals(MAPPINGS, CacheImage.load(metadata));
            metadata.twinBlock(63);
            metadata.map(3, 77);
            metadata.commit();
            metadata.unmap(3);
            metadata.commit();
            assertEquals(Provenance.OURS, metadata.provenance());
        }
        assertEquals(MAPPINGS, CacheImage.load(device));
        CheckReport report = MetadataCheck.check(device, CacheSuperblockFormat.INSTANCE);
        assertTrue(report.isClean(), report::toString);
    }
}
