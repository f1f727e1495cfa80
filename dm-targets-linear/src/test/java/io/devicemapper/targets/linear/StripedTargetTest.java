package io.devicemapper.targets.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.Fault;
import io.devicemapper.testkit.RecordedBio;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StripedTargetTest {
    private final TestBed bed =
            new TestBed().disk("a", 8192).disk("b", 8192).disk("c", 8192).disk("huge", 1L << 42);

    @AfterEach
    void close() throws DmException {
        bed.close();
    }

    @Test
    void aBioIsSplitAtChunks() throws Exception {
        MappedDevice device = bed.create("0 96 striped 2 16 a 5 b 7");
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.WRITE, BioFlags.FUA, 8, 40));
        assertEquals(
                List.of("WRITE(FUA) 13+8", "WRITE(FUA) 21+16"), bed.disk("a").takeLog());
        assertEquals(List.of("WRITE(FUA) 7+16"), bed.disk("b").takeLog());
    }

    @Test
    void aDiscardOfManyChunksIsOneForEachStripe() throws Exception {
        MappedDevice device = bed.create("0 96 striped 2 16 a 100 b 200");
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.DISCARD, 8, 32));
        assertEquals(List.of("DISCARD 108+16"), bed.disk("a").takeLog());
        assertEquals(List.of("DISCARD 200+16"), bed.disk("b").takeLog());
    }

    @Test
    void aStripeThatARangeDoesNotTouchGetsNothing() throws Exception {
        MappedDevice device = bed.create("0 96 striped 3 16 a 100 b 200 c 300");
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.WRITE_ZEROES, BioFlags.NOUNMAP, 20, 9));
        assertEquals(List.of(), bed.disk("a").takeLog());
        assertEquals(List.of("WRITE_ZEROES(NOUNMAP) 204+9"), bed.disk("b").takeLog());
        assertEquals(List.of(), bed.disk("c").takeLog());
    }

    @Test
    void rangesCoverWhatTheirSectorsWould() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> names = List.of("a", "b", "c");
        for (int round = 0; round < 300; round++) {
            int stripes = 1 + random.nextInt(3);
            long chunk = 1L + random.nextInt(20);
            long length = chunk * stripes * (1 + random.nextInt(8));
            StringBuilder table = new StringBuilder("0 " + length + " striped " + stripes + " " + chunk);
            List<Long> starts = new ArrayList<>();
            for (int i = 0; i < stripes; i++) {
                starts.add((long) random.nextInt(1000));
                table.append(' ').append(names.get(i)).append(' ').append(starts.get(i));
            }
            MappedDevice device = bed.create(table.toString());
            long from = random.nextInt((int) length);
            long to = from + 1 + random.nextInt((int) (length - from));
            TreeSet<String> expected = new TreeSet<>();
            for (long o = from; o < to; o++) {
                int stripe = (int) (o / chunk % stripes);
                expected.add(names.get(stripe) + " " + (starts.get(stripe) + o / chunk / stripes * chunk + o % chunk));
            }
            BioOp op = random.nextBoolean() ? BioOp.DISCARD : BioOp.WRITE_ZEROES;
            String what = "seed " + seed + ": " + op + " " + from + "+" + (to - from) + " of " + table;
            assertEquals(BioStatus.OK, TestBed.submit(device, op, from, to - from), what);
            TreeSet<String> found = new TreeSet<>();
            long count = 0;
            for (String name : names) {
                for (RecordedBio bio : bed.disk(name).take()) {
                    count += bio.sectors();
                    for (long s = 0; s < bio.sectors(); s++) {
                        found.add(name + " " + (bio.sector() + s));
                    }
                }
            }
            assertEquals(expected, found, what);
            assertEquals(to - from, count, what);
            bed.deviceMapper().remove("test");
        }
    }

    @Test
    void aFlushReachesEachDeviceOnce() throws Exception {
        MappedDevice device = bed.create("0 96 striped 3 16 a 0 b 0 a 32");
        assertEquals(BioStatus.OK, TestBed.flush(device));
        assertEquals(List.of("FLUSH"), bed.disk("a").takeLog());
        assertEquals(List.of("FLUSH"), bed.disk("b").takeLog());
        bed.faults("b").fail(BioMatch.of(BioOp.FLUSH), BioStatus.MEDIUM);
        assertEquals(BioStatus.MEDIUM, TestBed.flush(device));
    }

    @Test
    void aFailedStripeIsMarkedAndRaisesEventsUntilItIsKnownToBeBad() throws Exception {
        MappedDevice device = bed.create("0 96 striped 2 16 a 5 b 7");
        assertEquals("2 a b 1 AA", TestBed.info(device));
        Fault bad = bed.faults("b").fail(BioMatch.of(BioOp.READ), BioStatus.MEDIUM);
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.READ, 0, 16));
        assertEquals("2 a b 1 AA", TestBed.info(device));
        for (int i = 1; i <= 20; i++) {
            assertEquals(BioStatus.MEDIUM, TestBed.submit(device, BioOp.READ, 16, 16));
            assertEquals(Math.min(i, 14), device.eventNumber(), i + " errors");
        }
        bad.remove();
        assertEquals("2 a b 1 AD", TestBed.info(device), "a stripe that failed stays marked");
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.READ, 16, 16));
    }

    @Test
    void aFailedDiscardMarksTheStripeItWentTo() throws Exception {
        MappedDevice device = bed.create("0 96 striped 2 16 a 5 b 7");
        bed.faults("b").fail(BioMatch.of(BioOp.DISCARD), BioStatus.IO);
        assertEquals(BioStatus.IO, TestBed.submit(device, BioOp.DISCARD, 0, 96));
        assertEquals("2 a b 1 AD", TestBed.info(device));
    }

    @Test
    void allStripesOfAFailedDeviceAreMarked() throws Exception {
        MappedDevice device = bed.create("0 96 striped 3 16 a 0 b 0 a 32");
        bed.faults("a").fail(BioMatch.of(BioOp.WRITE), BioStatus.IO);
        assertEquals(BioStatus.IO, TestBed.submit(device, BioOp.WRITE, 0, 1));
        assertEquals("3 a b a 1 DAD", TestBed.info(device));
        assertEquals(2, device.eventNumber(), "one for each stripe");
    }

    @Test
    void whatADeviceCannotDoIsNoError() throws Exception {
        MappedDevice device = bed.create("0 96 striped 2 16 a 5 b 7");
        bed.faults("b").fail(BioMatch.of(BioOp.WRITE_ZEROES), BioStatus.UNSUPPORTED);
        assertEquals(BioStatus.UNSUPPORTED, TestBed.submit(device, BioOp.WRITE_ZEROES, 0, 96));
        assertEquals("2 a b 1 AA", TestBed.info(device));
        assertEquals(0, device.eventNumber());
    }

    @Test
    void theTableIsPrintedAsItWasWritten() throws Exception {
        MappedDevice device = bed.create("0 96 striped 2 16 a 5 b 0007");
        assertEquals("2 16 a 5 b 7", TestBed.table(device));
    }

    @Test
    void chunksAndRowsAreHints() throws Exception {
        MappedDevice device = bed.create("0 768 striped 3 256 a 5 b 7 c 9");
        assertEquals(256, device.limits().chunkSectors());
        assertEquals(256 * 512, device.limits().ioMin());
        assertEquals(3 * 256 * 512, device.limits().ioOpt());
    }

    @Test
    void theLargestChunkWorks() throws Exception {
        long chunk = (1L << 32) - 1;
        MappedDevice device = bed.create("0 " + 2 * chunk + " striped 2 " + chunk + " huge 1 huge " + (1L << 40));
        assertEquals(512, device.limits().ioMin(), "no hint where it would not fit");
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.READ, chunk - 1, 2));
        assertEquals(
                List.of("READ " + chunk + "+1", "READ " + (1L << 40) + "+1"),
                bed.disk("huge").takeLog());
    }

    @Test
    void theKernelsChecksComeInItsOrder() {
        assertTrue(bed.refusal("0 7 striped x").startsWith("striped: Not enough arguments ("));
        assertTrue(bed.refusal("0 7 striped 0 0").startsWith("striped: Invalid stripe count (argument 1 <#stripes>: "));
        assertTrue(bed.refusal("0 7 striped 2 0").startsWith("striped: Invalid chunk_size (argument 2 <chunk_size>: "));
        assertEquals(
                "striped: Target length not divisible by number of stripes (7 sectors in 2 stripes)",
                bed.refusal("0 7 striped 2 16"));
        assertEquals(
                "striped: Target length not divisible by chunk size (4 sectors of each stripe in chunks of 16)",
                bed.refusal("0 8 striped 2 16"));
        assertTrue(bed.refusal("0 32 striped 2 16 a 0 b").startsWith("striped: Not enough destinations specified ("));
        assertEquals(
                "striped: Couldn't parse stripe destination"
                        + " (argument 6 <start>: expected a decimal number of sectors, found 'y')",
                bed.refusal("0 32 striped 2 16 a 0 nosuch y"));
        assertTrue(bed.refusal("0 32 striped 2 16 a 0 240:99 0")
                .startsWith("striped: Couldn't parse stripe destination (argument 5 <dev>: "));
    }

    @Test
    void extentsFollowTheChunksAndAreJoined() throws Exception {
        // RAM disks take memory in pieces of 512 sectors.
        MappedDevice device = bed.create("0 4096 striped 2 256 a 0 b 0");
        assertEquals(List.of("0+4096 HOLE"), TestBed.extents(device, 0, 4096));
        bed.disk("a").write(0, ByteBuffer.allocate(512));
        assertEquals(
                List.of("0+256 DATA", "256+256 HOLE", "512+256 DATA", "768+3328 HOLE"),
                TestBed.extents(device, 0, 4096));
        bed.disk("b").write(0, ByteBuffer.allocate(512));
        assertEquals(List.of("0+1024 DATA", "1024+3072 HOLE"), TestBed.extents(device, 0, 4096));
        assertEquals(List.of("1000+24 DATA", "1024+1 HOLE"), TestBed.extents(device, 1000, 25));
    }

    @Test
    void extentsEndInsideChunks() throws Exception {
        MappedDevice device = bed.create("0 4096 striped 2 2048 a 100 b 0");
        bed.disk("a").write(600, ByteBuffer.allocate(512));
        assertEquals(List.of("0+412 HOLE", "412+512 DATA", "924+3172 HOLE"), TestBed.extents(device, 0, 4096));
    }
}
