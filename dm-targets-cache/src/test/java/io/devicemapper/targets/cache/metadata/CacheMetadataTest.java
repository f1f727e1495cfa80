package io.devicemapper.targets.cache.metadata;

import static io.devicemapper.targets.cache.metadata.CacheImage.SMQ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.persistent.CacheSuperblockFormat;
import io.devicemapper.persistent.CheckReport;
import io.devicemapper.persistent.LittleEndian;
import io.devicemapper.persistent.MetadataCheck;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.persistent.MetadataException.Reason;
import io.devicemapper.persistent.MetadataStore;
import io.devicemapper.persistent.StoreOptions;
import io.devicemapper.persistent.SuperblockFormat;
import io.devicemapper.target.Version;
import io.devicemapper.targets.cache.metadata.CacheImage.Mapping;
import io.devicemapper.testkit.ModelDevice;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheMetadataTest {
    private static final long BLOCK_SECTORS = 128;

    private final ModelDevice device = ModelDevice.create("meta", 1024 * 8L);

    /** Metadata of 1000 cache blocks; 7 holds origin block 70, 8 holds 80 and is marked. */
    private CacheMetadata filled(int version) throws MetadataException {
        CacheMetadata metadata = CacheMetadata.format(device, version, BLOCK_SECTORS, SMQ);
        metadata.resize(1000);
        metadata.map(7, 70);
        metadata.map(8, 80);
        metadata.mark(8);
        metadata.commit();
        return metadata;
    }

    private static final Map<Long, Mapping> FILLED =
            Map.of(7L, new Mapping(70, false, 0), 8L, new Mapping(80, true, 0));

    @Test
    void moreBlocksThanFitIntoMemoryAreRefused() throws MetadataException {
        assertEquals(Integer.MAX_VALUE, CacheSuperblock.inMemory("meta", Integer.MAX_VALUE));
        MetadataException e =
                assertThrows(MetadataException.class, () -> CacheSuperblock.inMemory("meta", 0xFFFF_FFFFL));
        assertEquals(Reason.UNSUPPORTED, e.reason());
        assertEquals(
                "meta: the metadata is of 4294967295 cache blocks, and 2147483647 are the most that are supported",
                e.getMessage());
    }

    private void assertClean() throws MetadataException {
        CheckReport report = MetadataCheck.check(device, CacheSuperblockFormat.INSTANCE);
        assertTrue(report.isClean(), report::toString);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whatWasCommittedIsLoaded(int version) throws MetadataException {
        CacheMetadata metadata = filled(version);
        metadata.map(9, 90);
        metadata.close();
        try (CacheMetadata opened = CacheMetadata.open(device)) {
            assertEquals(version, opened.superblock().version());
            assertEquals(1000, opened.cacheBlocks());
            assertEquals(BLOCK_SECTORS, opened.superblock().blockSectors());
            assertEquals(Provenance.OURS, opened.provenance());
            assertTrue(opened.superblock().isClean());
            assertEquals(FILLED, CacheImage.load(opened));
            assertTrue(opened.isMarked(8));
            assertFalse(opened.isMarked(7));
            assertEquals(70, opened.originBlock(7));
            assertEquals(-1, opened.originBlock(9));
        }
        assertClean();
    }

    @Test
    void aBlankDeviceIsToldFromOthers() throws MetadataException {
        assertTrue(CacheMetadata.inspect(device).isEmpty());
        filled(2);
        CacheSuperblock superblock = CacheMetadata.inspect(device).orElseThrow();
        assertEquals(1000, superblock.cacheBlocks());
        assertEquals(SMQ, superblock.policy());
        superblock.requireBlockSectors(BLOCK_SECTORS);
        MetadataException refused = assertThrows(MetadataException.class, () -> superblock.requireBlockSectors(256));
        assertEquals("meta: changing the data block size (from 128 to 256) is not supported", refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void unmappingTakesTheMarkAlong(int version) throws MetadataException {
        CacheMetadata metadata = filled(version);
        metadata.unmap(8);
        metadata.mark(7);
        metadata.unmark(7);
        metadata.commit();
        metadata.map(8, 81);
        metadata.commit();
        assertEquals(Map.of(7L, new Mapping(70, false, 0), 8L, new Mapping(81, false, 0)), CacheImage.load(device));
        assertThrows(IllegalStateException.class, () -> metadata.mark(9));
        assertClean();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void anAbortGoesBackToTheLastCommit(int version) throws MetadataException {
        CacheMetadata metadata = filled(version);
        metadata.unmap(7);
        metadata.unmark(8);
        metadata.resize(3000);
        metadata.hints(SMQ, block -> 5);
        metadata.generation(99);
        metadata.abort();
        assertEquals(1000, metadata.cacheBlocks());
        assertEquals(0, metadata.generation());
        assertEquals(FILLED, CacheImage.load(metadata));
        metadata.map(9, 90);
        metadata.commit();
        assertEquals(3, CacheImage.load(device).size());
        assertClean();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void theSizeChanges(int version) throws MetadataException {
        CacheMetadata metadata = filled(version);
        metadata.hints(SMQ, block -> (int) block);
        metadata.resize(5000);
        metadata.map(4999, 1);
        metadata.mark(4999);
        metadata.commit();
        assertClean();
        MetadataException refused = assertThrows(MetadataException.class, () -> metadata.resize(4999));
        assertEquals(Reason.REFUSED, refused.reason());
        assertEquals("meta: the cache cannot shrink to 4999 blocks: block 4999 is in use", refused.getMessage());
        metadata.unmap(4999);
        metadata.resize(9);
        metadata.commit();
        assertClean();
        assertEquals(Map.of(7L, new Mapping(70, false, 7), 8L, new Mapping(80, true, 8)), CacheImage.load(device));
    }

    @Test
    void hintsAreForWhoUnderstandsThem() throws MetadataException {
        CacheMetadata metadata = filled(2);
        metadata.hints(SMQ, block -> (int) -block);
        metadata.commit();
        assertEquals(-7, CacheImage.load(device).get(7L).hint());
        metadata.load(
                new PolicyIdentity("smq", new Version(3, 0, 0)),
                (cacheBlock, originBlock, marked, hint, hintValid) -> assertFalse(hintValid));
        metadata.policy(new PolicyIdentity("lru", new Version(1, 0, 0)));
        metadata.commit();
        assertEquals(0, CacheImage.load(device).get(7L).hint());
        assertEquals("lru", CacheMetadata.inspect(device).orElseThrow().policy().name());
        assertClean();
    }

    @Test
    void statisticsWrapAround() throws MetadataException {
        CacheMetadata metadata = filled(2);
        metadata.statistics(new CacheStatistics((1L << 32) + 1, 2, 0xFFFF_FFFFL, 4));
        metadata.commit();
        assertEquals(
                new CacheStatistics(1, 2, 0xFFFF_FFFFL, 4),
                CacheMetadata.inspect(device).orElseThrow().statistics());
    }

    @Test
    void generationTwinAndIdentityAreKept() throws MetadataException {
        CacheMetadata metadata = filled(2);
        UUID identity = metadata.identity();
        metadata.generation(-5);
        metadata.twinBlock(999);
        assertThrows(IllegalStateException.class, () -> metadata.twinBlock(7));
        assertThrows(IllegalStateException.class, () -> metadata.map(999, 3));
        metadata.commit();
        CacheSuperblock superblock = CacheMetadata.inspect(device).orElseThrow();
        assertEquals(-5, superblock.generation());
        assertEquals(999, superblock.twinBlock());
        assertEquals(identity, superblock.identity().orElseThrow());
        try (CacheMetadata opened = CacheMetadata.open(device)) {
            assertEquals(identity, opened.identity());
            assertEquals(999, opened.twinBlock());
            assertEquals(-5, opened.generation());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aKernelThatOpenedItIsNoticed(int version) throws MetadataException {
        UUID identity = filled(version).identity();
        CacheImage.kernelOpens(device);
        try (CacheMetadata opened = CacheMetadata.open(device)) {
            assertEquals(Provenance.FOREIGN_UNCLEAN, opened.provenance());
            assertTrue(opened.superblock().isStamped());
            assertNotEquals(identity, opened.identity());
            Map<Long, Mapping> all = CacheImage.load(opened);
            assertEquals(2, all.size());
            assertTrue(all.values().stream().allMatch(Mapping::marked), "all blocks may be newer");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aKernelThatClosedItIsNoticedEvenIfEveryRootCameBack(int version) throws MetadataException {
        filled(version).close();
        byte[] before = MetadataStore.readSuperblock(device, CacheSuperblockFormat.INSTANCE);
        MetadataStore store = CacheImage.kernelOpens(device);
        CacheImage.kernelCloses(store);
        assertEquals(
                Provenance.FOREIGN_CLEAN,
                CacheMetadata.inspect(device).orElseThrow().provenance());
        // All but what a kernel always stores differently is as it was.
        byte[] after = before.clone();
        LittleEndian.putLong(after, CacheSuperblockFormat.DISCARD_BLOCK_SIZE, 128);
        LittleEndian.putLong(after, CacheSuperblockFormat.DISCARD_NR_BLOCKS, 64);
        assertTrue(CacheStamp.matches(before));
        assertFalse(CacheStamp.matches(after));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void takingOverFromAKernelMakesItOurs(int version) throws MetadataException {
        filled(version).close();
        CacheImage.kernelCloses(CacheImage.kernelOpens(device));
        try (CacheMetadata opened = CacheMetadata.open(device)) {
            assertEquals(Provenance.FOREIGN_CLEAN, opened.provenance());
            assertThrows(IllegalStateException.class, opened::detach);
            opened.markNeedsCheck();
            assertEquals(
                    Provenance.FOREIGN_CLEAN,
                    CacheMetadata.inspect(device).orElseThrow().provenance(),
                    "a flag in place does not make it ours");
            opened.map(20, 200);
            opened.abort();
            opened.unmark(8);
            opened.commit();
            assertEquals(Provenance.OURS, opened.provenance());
        }
        CacheSuperblock superblock = CacheMetadata.inspect(device).orElseThrow();
        assertEquals(Provenance.OURS, superblock.provenance());
        assertTrue(superblock.needsCheck());
        assertEquals(Map.of(7L, new Mapping(70, false, 0), 8L, new Mapping(80, false, 0)), CacheImage.load(device));
        assertEquals(0, LittleEndian.getLong(superblock.bytes(), CacheSuperblockFormat.DISCARD_NR_BLOCKS));
        assertClean();
    }

    @Test
    void flagsInPlaceKeepTheDigest() throws MetadataException {
        CacheMetadata metadata = filled(2);
        metadata.markNeedsCheck();
        CacheSuperblock superblock = CacheMetadata.inspect(device).orElseThrow();
        assertEquals(Provenance.OURS, superblock.provenance());
        assertTrue(superblock.needsCheck());
        metadata.commit();
        assertTrue(CacheMetadata.inspect(device).orElseThrow().needsCheck());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aDetachedCacheStaysSoUntilItIsEmptied(int version) throws MetadataException {
        CacheMetadata metadata = filled(version);
        metadata.map(10, 100);
        metadata.detach();
        metadata.detach();
        assertEquals(FILLED, CacheImage.load(device), "what was not committed is not");
        CacheSuperblock superblock = CacheMetadata.inspect(device).orElseThrow();
        assertEquals(Provenance.DETACHED, superblock.provenance());
        assertTrue(superblock.needsCheck());
        metadata.commit();
        assertEquals(3, CacheImage.load(device).size());
        assertEquals(
                Provenance.DETACHED, CacheMetadata.inspect(device).orElseThrow().provenance());
        metadata.close();
        try (CacheMetadata opened = CacheMetadata.open(device)) {
            opened.twinBlock(3);
            opened.empty();
            assertEquals(Provenance.OURS, opened.provenance());
            assertFalse(opened.needsCheck());
            assertEquals(1000, opened.cacheBlocks());
            assertEquals(3, opened.twinBlock());
        }
        assertEquals(Map.of(), CacheImage.load(device));
        assertClean();
    }

    @Test
    void checkNeededBeforeDetachingIsNeededAfterEmptying() throws MetadataException {
        CacheMetadata metadata = filled(2);
        metadata.markNeedsCheck();
        metadata.detach();
        metadata.empty();
        assertTrue(metadata.needsCheck());
        assertEquals(Provenance.OURS, metadata.provenance());
    }

    @Test
    void aDetachedCacheIsSoEvenIfAToolRewroteBlockZero() throws MetadataException {
        CacheMetadata metadata = filled(2);
        metadata.detach();
        metadata.close();
        MetadataStore store = MetadataStore.open(device, CacheSuperblockFormat.INSTANCE, StoreOptions.DEFAULT);
        store.writeFields(superblock -> {
            LittleEndian.putInt(superblock, SuperblockFormat.FLAGS_OFFSET, CacheSuperblockFormat.CLEAN_SHUTDOWN);
            CacheStamp.clear(superblock);
        });
        assertEquals(
                Provenance.DETACHED, CacheMetadata.inspect(device).orElseThrow().provenance());
        try (CacheMetadata opened = CacheMetadata.open(device)) {
            opened.empty();
            assertEquals(Provenance.OURS, opened.provenance());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {CacheSuperblockFormat.INCOMPAT_FLAGS, CacheSuperblockFormat.COMPAT_RO_FLAGS})
    void unknownFeaturesAreRefused(int offset) throws MetadataException {
        filled(2).close();
        MetadataStore store = MetadataStore.open(device, CacheSuperblockFormat.INSTANCE, StoreOptions.DEFAULT);
        store.writeFields(superblock -> LittleEndian.putInt(superblock, offset, 0x40));
        boolean incompatible = offset == CacheSuperblockFormat.INCOMPAT_FLAGS;
        MetadataException refused = assertThrows(MetadataException.class, () -> CacheMetadata.open(device));
        assertEquals(Reason.UNSUPPORTED, refused.reason());
        assertEquals(
                "meta: could not access metadata " + (incompatible ? "" : "RDWR ")
                        + "due to unsupported optional features (40)",
                refused.getMessage());
        if (incompatible) {
            assertThrows(MetadataException.class, () -> CacheMetadata.openReadOnly(device));
        } else {
            CacheMetadata.openReadOnly(device).close();
        }
    }
}
