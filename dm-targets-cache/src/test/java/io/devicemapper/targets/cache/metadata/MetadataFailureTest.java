package io.devicemapper.targets.cache.metadata;

import static io.devicemapper.targets.cache.metadata.CacheImage.SMQ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.persistent.CacheSuperblockFormat;
import io.devicemapper.persistent.CheckReport;
import io.devicemapper.persistent.MetadataCheck;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.persistent.MetadataException.Reason;
import io.devicemapper.targets.cache.metadata.CacheImage.Mapping;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.Fault;
import io.devicemapper.testkit.FaultDevice;
import io.devicemapper.testkit.ModelDevice;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Metadata devices that fail, are full or damaged. */
class MetadataFailureTest {
    private final ModelDevice disk = ModelDevice.create("meta", 128 * 8L);
    private final FaultDevice device = new FaultDevice(disk);

    private static final Map<Long, Mapping> FILLED =
            Map.of(7L, new Mapping(70, false, 0), 8L, new Mapping(80, true, 0));

    private CacheMetadata filled() throws MetadataException {
        CacheMetadata metadata = CacheMetadata.format(device, 2, 128, SMQ);
        metadata.resize(5000);
        metadata.map(7, 70);
        metadata.map(8, 80);
        metadata.mark(8);
        metadata.commit();
        return metadata;
    }

    /** Every write and flush of a commit fails once, for good or after it was carried out. */
    @ParameterizedTest
    @EnumSource(
            value = BioOp.class,
            names = {"WRITE", "FLUSH"})
    void aFailedCommitLeavesTheLastGoodState(BioOp op) throws MetadataException {
        for (boolean carriedOut : new boolean[] {false, true}) {
            for (int nth = 1; ; nth++) {
                String told = op + " " + nth + ", carried out: " + carriedOut;
                CacheMetadata metadata = filled();
                metadata.map(9, 90);
                metadata.unmark(8);
                BioMatch match = BioMatch.of(op).nth(nth);
                Fault fault =
                        carriedOut ? device.failAfterwards(match, BioStatus.IO) : device.fail(match, BioStatus.IO);
                try {
                    metadata.commit();
                    fault.remove();
                    assertEquals(0, fault.hits(), told);
                    assertTrue(nth > 1, "no commit without a " + op);
                    break;
                } catch (MetadataException e) {
                    assertEquals(Reason.IO, e.reason(), told);
                }
                fault.remove();
                assertTrue(metadata.isAbortRequired(), told);
                MetadataException refused = assertThrows(MetadataException.class, () -> metadata.map(1, 1), told);
                assertEquals(Reason.REFUSED, refused.reason(), told);
                metadata.abort();
                assertEquals(FILLED, CacheImage.load(metadata), told);
                assertEquals(FILLED, CacheImage.load(device), told);
                assertEquals(
                        Provenance.OURS,
                        CacheMetadata.inspect(device).orElseThrow().provenance(),
                        told);
                metadata.map(10, 100);
                metadata.commit();
                assertEquals(3, CacheImage.load(device).size(), told);
                CheckReport report = MetadataCheck.check(device, CacheSuperblockFormat.INSTANCE);
                assertTrue(report.isClean(), () -> told + ": " + report);
            }
        }
    }

    @Test
    void aDetachmentThatFailsMakesItReadOnly() throws MetadataException {
        CacheMetadata metadata = filled();
        Fault fault = device.fail(BioMatch.of(BioOp.WRITE), BioStatus.IO);
        MetadataException failed = assertThrows(MetadataException.class, metadata::detach);
        fault.remove();
        assertEquals(Reason.IO, failed.reason());
        assertTrue(metadata.isReadOnly());
        assertEquals(FILLED, CacheImage.load(metadata));
    }

    @Test
    void aFullDeviceIsAnErrorAndCanBeEmptied() throws MetadataException {
        CacheMetadata metadata = filled();
        MetadataException full = assertThrows(MetadataException.class, () -> metadata.resize(200_000));
        assertEquals(Reason.NO_SPACE, full.reason());
        metadata.abort();
        assertEquals(5000, metadata.cacheBlocks());
        metadata.resize(50_000); // 99 blocks of mappings of 127 that there are
        metadata.commit();
        metadata.empty();
        assertEquals(50_000, metadata.cacheBlocks());
        assertEquals(Map.of(), CacheImage.load(device));
    }

    /** The spare copy of block 0 may be older than a kernel's use of the cache: it is not for opening. */
    @Test
    void aDamagedBlockZeroIsAnErrorAndNotTheSparesBusiness() throws MetadataException {
        filled().close();
        ByteBuffer sector = ByteBuffer.allocate(512);
        disk.model().read(0, sector);
        sector.put(200, (byte) ~sector.get(200));
        disk.model().write(0, sector.rewind());
        MetadataException damaged = assertThrows(MetadataException.class, () -> CacheMetadata.open(device));
        assertEquals(Reason.CORRUPT, damaged.reason());
        assertThrows(MetadataException.class, () -> CacheMetadata.inspect(device));
        assertFalse(CacheStamp.matches(new byte[4096]));
    }
}
