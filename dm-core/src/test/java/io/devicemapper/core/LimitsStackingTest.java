package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.QueueLimits;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a table allows, given what its devices and targets allow. */
class LimitsStackingTest {
    private final MemoryDevice a = new MemoryDevice("a", 4096);
    private final MemoryDevice b = new MemoryDevice("b", 4096);
    private final ScriptedTarget target = new ScriptedTarget("map");
    private DeviceMapper dm;

    @BeforeEach
    void open() {
        target.areas = ScriptedTarget::linearArea;
        dm = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(target)
                .device("a", a)
                .device("b", b)
                .build();
    }

    @AfterEach
    void close() throws DmException {
        dm.close();
    }

    private static QueueLimits limits(Consumer<QueueLimits.Builder> settings) {
        QueueLimits.Builder builder = QueueLimits.builder();
        settings.accept(builder);
        return builder.build();
    }

    private static QueueLimits stack(QueueLimits top, QueueLimits bottom, long start) {
        return LimitsStacking.stack(top, bottom, start);
    }

    private void refused(String expected, String table) {
        DmException refused = assertThrows(DmException.class, () -> dm.create("vol", table));
        assertEquals(expected, refused.getMessage());
        assertTrue(dm.devices().isEmpty());
    }

    @Test
    void aStripeOverDisksOfFourKibibytes() throws Exception {
        // Linux: "striped 2 256 <dev> 0 <dev> 0" over two disks with blocks of 4096 bytes.
        QueueLimits disk = limits(l -> l.logicalBlockSize(4096).physicalBlockSize(4096));
        a.limits(disk);
        b.limits(disk);
        target.hints = l -> l.ioMin(131072).ioOpt(262144).chunkSectors(256);
        QueueLimits of = dm.create("vol", "0 2048 map a 0\n2048 2048 map b 0").limits();
        assertEquals(4096, of.logicalBlockSize());
        assertEquals(4096, of.physicalBlockSize());
        assertEquals(131072, of.ioMin());
        assertEquals(262144, of.ioOpt());
        assertEquals(256, of.chunkSectors());
    }

    @Test
    void sizesAreTheLargestOrTheSmallestOfAll() {
        QueueLimits one =
                limits(l -> l.logicalBlockSize(1024).ioMin(8192).ioOpt(24576).maxSectors(100));
        QueueLimits other = limits(
                l -> l.physicalBlockSize(4096).ioOpt(16384).maxSectors(200).chunkSectors(96));
        QueueLimits both = stack(stack(LimitsStacking.START, one, 0), other, 0);
        assertEquals(1024, both.logicalBlockSize());
        assertEquals(4096, both.physicalBlockSize());
        assertEquals(8192, both.ioMin());
        assertEquals(49152, both.ioOpt(), "least common multiple of 24576 and 16384");
        assertEquals(100, both.maxSectors());
        assertEquals(96, both.chunkSectors());
        assertEquals(32, stack(both, limits(l -> l.chunkSectors(64)), 0).chunkSectors(), "greatest common divisor");
    }

    @Test
    void whatDoesNotFitThePhysicalBlockIsDropped() {
        QueueLimits blocks = limits(l -> l.physicalBlockSize(4096));
        assertEquals(0, stack(blocks, limits(l -> l.chunkSectors(12)), 0).chunkSectors());
        assertEquals(0, stack(blocks, limits(l -> l.ioOpt(6144)), 0).ioOpt());
        assertEquals(4096, stack(blocks, limits(l -> l.ioMin(5000)), 0).ioMin());
        assertEquals(
                4096,
                stack(limits(l -> l.physicalBlockSize(6144)), limits(l -> l.logicalBlockSize(4096)), 0)
                        .physicalBlockSize());
    }

    @Test
    void aShiftedStartShowsInTheAlignment() {
        QueueLimits disk = limits(l -> l.physicalBlockSize(4096));
        assertEquals(0, stack(LimitsStacking.START, disk, 8).alignmentOffset());
        assertEquals(4096 - 7 * 512, stack(LimitsStacking.START, disk, 7).alignmentOffset());
        QueueLimits shifted = limits(l -> l.physicalBlockSize(4096).alignmentOffset(3584));
        assertEquals(0, stack(LimitsStacking.START, shifted, 7).alignmentOffset(), "63 sectors of an old partition");
        assertEquals(512, stack(LimitsStacking.START, disk, (1L << 53) + 7).alignmentOffset());
    }

    @Test
    void discardsAndZeroesAreTheWeakestAndNoneIfOneHasNone() {
        QueueLimits one = limits(l -> l.maxDiscardSectors(1000)
                .discardGranularity(4096)
                .maxWriteZeroesSectors(50)
                .fastZeroes(true));
        QueueLimits other =
                limits(l -> l.maxDiscardSectors(300).discardGranularity(65536).maxWriteZeroesSectors(70));
        QueueLimits both = stack(stack(LimitsStacking.START, one, 0), other, 0);
        assertEquals(300, both.maxDiscardSectors());
        assertEquals(65536, both.discardGranularity());
        assertEquals(50, both.maxWriteZeroesSectors());
        assertFalse(both.fastZeroes());
        assertEquals(0, stack(both, QueueLimits.DEFAULT, 0).maxDiscardSectors());
        assertEquals(0, stack(both, QueueLimits.DEFAULT, 0).maxWriteZeroesSectors());
    }

    @Test
    void aCacheBelowIsACacheAbove() {
        assertTrue(
                stack(LimitsStacking.START, limits(l -> l.writeCache(true)), 0).writeCache());
        assertFalse(stack(LimitsStacking.START, QueueLimits.DEFAULT, 0).writeCache());
        assertTrue(
                stack(LimitsStacking.START, limits(l -> l.rotational(true)), 0).rotational());
    }

    @Test
    void aTargetCanOfferWhatItsDevicesLack() throws Exception {
        a.limits(QueueLimits.DEFAULT);
        target.settings = ti -> {
            ti.discardsSupported();
            ti.writeZeroesSupported();
            ti.flushSupported();
        };
        QueueLimits of = dm.create("vol", "0 8 map a 0").limits();
        assertEquals(QueueLimits.UNLIMITED, of.maxDiscardSectors());
        assertEquals(QueueLimits.UNLIMITED, of.maxWriteZeroesSectors());
        assertTrue(of.writeCache());
        target.settings = ti -> {
            ti.discardsSupported();
            ti.discardBios(0);
        };
        assertEquals(0, dm.create("none", "0 8 map a 0").limits().maxDiscardSectors());
    }

    @Test
    void anAreaMustLieInsideItsDevice() throws Exception {
        refused("vol: table line 1: map: a too small for target: start=0, len=4097, dev_size=4096", "0 4097 map a 0");
        refused(
                "vol: table line 2: map: b too small for target: start=4089, len=8, dev_size=4096",
                "0 8 map a 0\n8 8 map b 4089");
        refused("vol: table line 1: map: a too small for target: start=4096, len=8, dev_size=4096", "0 8 map a 4096");
        refused(
                "vol: table line 1: map: a too small for target: start=9223372036854775807, len=8, dev_size=4096",
                "0 8 map a 9223372036854775807");
        dm.create("vol", "0 8 map a 4088");
    }

    @Test
    void anAreaMustFitTheBlocksOfItsDevice() {
        a.limits(limits(l -> l.logicalBlockSize(4096)));
        refused("vol: table line 1: map: start=4 not aligned to h/w logical block size 4096 of a", "0 8 map a 4");
        refused("vol: table line 1: map: len=12 not aligned to h/w logical block size 4096 of a", "0 12 map a 8");
    }

    @Test
    void targetsMustMeetWhereEveryBlockCanBeDivided() throws Exception {
        a.limits(limits(l -> l.logicalBlockSize(4096)));
        // A block of 4096 bytes of the device could begin in the first target and end in the second, whose own are as
        // large.
        refused(
                "vol: table line 2 (start sect 4 len 8) not aligned to h/w logical block size 4096",
                "0 4 map b 0\n4 8 map a 0\n12 4 map b 0");
        refused(
                "vol: table line 2 (start sect 8 len 3) not aligned to h/w logical block size 4096",
                "0 8 map a 0\n8 3 map b 0");
        // b's blocks are single sectors, so a block may lie across several targets over b.
        dm.create("vol", "0 8 map a 0\n8 3 map b 0\n11 1 map b 100\n12 4 map b 50\n16 8 map a 8");
    }

    @Test
    void aDeviceWithoutASizeIsNotChecked() throws Exception {
        dm.create(CreateRequest.named("empty"));
        MappedDevice upper = dm.create("upper", "0 8 map /dev/mapper/empty 100");
        assertEquals(8, upper.sectors());
        dm.load("empty", "0 200 map a 0");
        dm.resume("empty");
        upper.write(1, ByteBuffer.allocate(512));
        assertEquals("WRITE 101+1", a.log().get(0));
    }

    @Test
    void aTargetThatCannotTellItsLimitsIsRefused() {
        target.hints = l -> l.logicalBlockSize(3000);
        refused(
                "vol: table line 1: map: failed to tell its limits: java.lang.IllegalArgumentException: logical block size"
                        + " 3000: not a power of two from 512 to 65536",
                "0 8 map a 0");
        target.hints = l -> {
            throw new AssertionError("on purpose");
        };
        refused(
                "vol: table line 1: map: failed to tell its limits: java.lang.AssertionError: on purpose",
                "0 8 map a 0");
    }

    @Test
    void areasAreCheckedAgainAtResume() throws Exception {
        dm.create("low", "0 4096 map a 0");
        dm.create(CreateRequest.named("upper"));
        dm.load("upper", "0 100 map /dev/mapper/low 3000");
        dm.load("low", "0 3050 map a 0");
        dm.resume("low");
        DmException refused = assertThrows(DmException.class, () -> dm.resume("upper"));
        assertEquals(
                "upper: table line 1: map: /dev/mapper/low too small for target: start=3000, len=100, dev_size=3050",
                refused.getMessage());
        MappedDevice upper = dm.device("upper").orElseThrow();
        assertTrue(upper.inactiveTable().isEmpty());
        assertTrue(upper.liveTable().isEmpty());
        assertEquals(0, dm.device("low").orElseThrow().openCount());
    }
}
