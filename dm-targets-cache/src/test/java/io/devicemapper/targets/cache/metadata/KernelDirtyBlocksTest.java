package io.devicemapper.targets.cache.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.persistent.CacheSuperblockFormat;
import io.devicemapper.persistent.LittleEndian;
import io.devicemapper.persistent.MetadataStore;
import io.devicemapper.persistent.PersistentArray;
import io.devicemapper.target.Version;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.FaultDevice;
import io.devicemapper.testkit.ModelDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A cache that was written back, whose cache device has what the origin has not: all of that is on the origin before the first bio, or the
 * table is refused and nothing has changed.
 */
class KernelDirtyBlocksTest {
    private static final int CACHE_BLOCKS = 64;
    private static final int ORIGIN_BLOCKS = 128;

    /** What cache blocks 0, 1 and 2 hold in the kernel's image. */
    private static final long[] ORIGIN_OF = {0, 3, 5};

    /** Whose metadata it is, and which of the three blocks are newer than the origin. */
    private enum Source {
        KERNEL_LEFT_DIRTY,
        KERNEL_CRASHED,
        VERSION_2_LEFT_DIRTY,
        VERSION_2_CRASHED;

        /** After a crash nobody knows which ones are. */
        Set<Integer> newer() {
            return this == KERNEL_CRASHED || this == VERSION_2_CRASHED ? Set.of(0, 1, 2) : Set.of(0, 2);
        }

        ModelDevice metadata() throws IOException {
            return switch (this) {
                case KERNEL_LEFT_DIRTY, KERNEL_CRASHED -> version1(this == KERNEL_CRASHED);
                case VERSION_2_LEFT_DIRTY, VERSION_2_CRASHED -> version2(this == VERSION_2_CRASHED);
            };
        }

        /** A kernel's image, with the bits that the kernel sets for dirty blocks. */
        private static ModelDevice version1(boolean crashed) throws IOException {
            ModelDevice device = KernelImagesTest.device("cache-metadata-writeback.img.gz");
            MetadataStore store = CacheImage.kernelOpens(device);
            if (crashed) {
                store.close();
                return device;
            }
            PersistentArray mappings = CacheImage.mappings(store);
            for (int block : new int[] {0, 2}) {
                mappings.set(block, mappings.get(block) | CacheBlockTables.MARKED);
            }
            LittleEndian.putLong(store.superblock(), CacheSuperblockFormat.MAPPING_ROOT, mappings.root());
            CacheImage.kernelCloses(store);
            return device;
        }

        /** As {@code cache_restore} writes it, and as a kernel that has opened that leaves it. */
        private static ModelDevice version2(boolean crashed) throws IOException {
            ModelDevice device = ModelDevice.create("version-2", 8192);
            try (CacheMetadata metadata = CacheMetadata.formatUnstamped(device, 2, blockSectors())) {
                metadata.policy(new PolicyIdentity("smq", new Version(2, 0, 0)));
                metadata.resize(CACHE_BLOCKS);
                for (int block = 0; block < ORIGIN_OF.length; block++) {
                    metadata.map(block, ORIGIN_OF[block]);
                }
                if (!crashed) {
                    metadata.mark(0);
                    metadata.mark(2);
                }
                metadata.commit();
            }
            if (crashed) {
                CacheImage.kernelOpens(device).close();
            }
            return device;
        }

        private static long blockSectors() throws IOException {
            return CacheMetadata.inspect(KernelImagesTest.device("cache-metadata-writeback.img.gz"))
                    .orElseThrow()
                    .blockSectors();
        }
    }

    private final ModelDevice cache;
    private final ModelDevice origin;
    private final int blockSectors;

    KernelDirtyBlocksTest() throws IOException {
        blockSectors = Math.toIntExact(Source.blockSectors());
        cache = ModelDevice.create("cache", (long) CACHE_BLOCKS * blockSectors);
        origin = ModelDevice.create("origin", (long) ORIGIN_BLOCKS * blockSectors);
        for (int block = 0; block < ORIGIN_OF.length; block++) {
            cache.model().write((long) block * blockSectors, filled(newer(block)));
            origin.model().write(ORIGIN_OF[block] * blockSectors, filled(older(block)));
        }
    }

    private static byte newer(int cacheBlock) {
        return (byte) (100 + cacheBlock);
    }

    private static byte older(int cacheBlock) {
        return (byte) (10 + cacheBlock);
    }

    private ByteBuffer filled(byte value) {
        byte[] content = new byte[blockSectors * Bio.SECTOR_SIZE];
        Arrays.fill(content, value);
        return ByteBuffer.wrap(content);
    }

    private DeviceMapper deviceMapper(BlockDevice metadata, BlockDevice cacheDevice, BlockDevice originDevice) {
        return DeviceMapper.builder()
                .device("metadata", metadata)
                .device("cache", cacheDevice)
                .device("origin", originDevice)
                .build();
    }

    private String table(String mode) {
        return "0 " + origin.sectors() + " cache metadata cache origin " + blockSectors + " 1 " + mode + " smq 0";
    }

    private void requireBlock(ModelDevice device, long block, byte value, String what) {
        ByteBuffer content = ByteBuffer.allocate(blockSectors * Bio.SECTOR_SIZE);
        device.model().read(block * blockSectors, content);
        assertEquals(-1, content.mismatch(filled(value)), what);
    }

    @ParameterizedTest
    @EnumSource(Source.class)
    void areOnTheOriginBeforeTheFirstBio(Source source) throws Exception {
        ModelDevice metadata = source.metadata();
        try (DeviceMapper deviceMapper = deviceMapper(metadata, cache, origin)) {
            BlockDevice device = deviceMapper.create("ca", table("writethrough"));
            for (int block = 0; block < ORIGIN_OF.length; block++) {
                byte expected = source.newer().contains(block) ? newer(block) : older(block);
                requireBlock(origin, ORIGIN_OF[block], expected, "origin of cache block " + block);
                if (source.newer().contains(block)) {
                    ByteBuffer read = ByteBuffer.allocate(blockSectors * Bio.SECTOR_SIZE);
                    device.read(ORIGIN_OF[block] * blockSectors, read);
                    assertEquals(-1, read.rewind().mismatch(filled(expected)), "read through the cache, " + block);
                }
            }
        }
        try (CacheMetadata opened = CacheMetadata.openReadOnly(metadata)) {
            assertEquals(Provenance.OURS, opened.provenance());
            Map<Long, CacheImage.Mapping> mappings = CacheImage.load(opened);
            assertEquals(Set.of(0L, 1L, 2L), mappings.keySet());
            assertTrue(mappings.values().stream().noneMatch(CacheImage.Mapping::marked), mappings::toString);
        }
    }

    @ParameterizedTest
    @EnumSource(Source.class)
    void areCopiedBackForPassthroughToo(Source source) throws Exception {
        try (DeviceMapper deviceMapper = deviceMapper(source.metadata(), cache, origin)) {
            deviceMapper.create("ca", table("passthrough"));
            for (int block : source.newer()) {
                requireBlock(origin, ORIGIN_OF[block], newer(block), "origin of cache block " + block);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Source.class)
    void refuseTheTableAsLongAsTheyCannotBeCopied(Source source) throws Exception {
        ModelDevice metadata = source.metadata();
        for (BioOp failing : new BioOp[] {BioOp.READ, BioOp.WRITE, BioOp.FLUSH}) {
            Map<Long, CacheImage.Mapping> before = CacheImage.load(metadata);
            FaultDevice cacheFaults = new FaultDevice(cache);
            FaultDevice originFaults = new FaultDevice(origin);
            (failing == BioOp.READ ? cacheFaults : originFaults).fail(BioMatch.of(failing), BioStatus.MEDIUM);
            try (DeviceMapper deviceMapper = deviceMapper(metadata, cacheFaults, originFaults)) {
                assertThrows(DmException.class, () -> deviceMapper.create("ca", table("writethrough")));
            }
            assertEquals(before, CacheImage.load(metadata), "after a failed " + failing);
            try (CacheMetadata opened = CacheMetadata.openReadOnly(metadata)) {
                assertTrue(opened.provenance() != Provenance.OURS, "they would be dropped next time");
            }
        }
        requireCopiedBack(source, metadata);
    }

    @ParameterizedTest
    @EnumSource(Source.class)
    void refuseTheTableIfTheirPlaceIsGone(Source source) throws Exception {
        ModelDevice metadata = source.metadata();
        Map<Long, CacheImage.Mapping> before = CacheImage.load(metadata);
        ModelDevice shortCache = ModelDevice.create("cache", 2L * blockSectors);
        ModelDevice shortOrigin = ModelDevice.create("origin", 4L * blockSectors);
        try (DeviceMapper deviceMapper = deviceMapper(metadata, shortCache, origin)) {
            requireRefusal(deviceMapper, origin, "the cache device has shrunk");
        }
        try (DeviceMapper deviceMapper = deviceMapper(metadata, cache, shortOrigin)) {
            requireRefusal(deviceMapper, shortOrigin, "the origin has shrunk");
        }
        assertEquals(before, CacheImage.load(metadata));
        requireCopiedBack(source, metadata);
    }

    private void requireRefusal(DeviceMapper deviceMapper, BlockDevice shown, String reason) {
        DmException refusal = assertThrows(
                DmException.class,
                () -> deviceMapper.create(
                        "ca", table("writethrough").replace("0 " + origin.sectors(), "0 " + shown.sectors())));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
    }

    private void requireCopiedBack(Source source, ModelDevice metadata) throws Exception {
        try (DeviceMapper deviceMapper = deviceMapper(metadata, cache, origin)) {
            deviceMapper.create("ca", table("writethrough"));
            for (int block : source.newer()) {
                requireBlock(origin, ORIGIN_OF[block], newer(block), "origin of cache block " + block);
            }
        }
    }
}
