package io.devicemapper.targets.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.SectorPattern;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinearTargetTest {
    private final TestBed bed = new TestBed().disk("low", 4096).disk("my disk", 4096);

    @AfterEach
    void close() throws DmException {
        bed.close();
    }

    @Test
    void everyOperationGoesToTheShiftedSectors() throws Exception {
        MappedDevice device = bed.create("0 77 error\n77 500 linear low 1001");
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.READ, 77, 1));
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.WRITE, BioFlags.FUA, 80, 5));
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.DISCARD, 100, 477));
        assertEquals(BioStatus.OK, TestBed.flush(device));
        assertEquals(
                List.of("READ 1001+1", "WRITE(FUA) 1004+5", "DISCARD 1024+477", "FLUSH"),
                bed.disk("low").takeLog());
    }

    @Test
    void writeZeroesKeepsItsFlags() throws Exception {
        MappedDevice device = bed.create("0 500 linear low 1001");
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.WRITE_ZEROES, BioFlags.NOUNMAP, 0, 500));
        assertEquals(List.of("WRITE_ZEROES(NOUNMAP) 1001+500"), bed.disk("low").takeLog());
    }

    @Test
    void dataComesBack() throws Exception {
        MappedDevice device = bed.create("0 500 linear low 1001");
        ByteBuffer written = SectorPattern.golden().sectors(3, 9, 'a');
        device.write(3, written);
        ByteBuffer read = ByteBuffer.allocateDirect(9 * 512);
        device.read(3, read);
        assertEquals(written, read);
        ByteBuffer below = ByteBuffer.allocate(9 * 512);
        bed.disk("low").read(1004, below);
        assertEquals(written, below);
    }

    @Test
    void anErrorBelowIsTheErrorAbove() throws Exception {
        MappedDevice device = bed.create("0 500 linear low 1001");
        bed.faults("low").fail(BioMatch.of(BioOp.READ).sectors(1010, 1), BioStatus.MEDIUM);
        assertEquals(BioStatus.MEDIUM, TestBed.submit(device, BioOp.READ, 0, 20));
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.READ, 0, 9));
    }

    @Test
    void aTableIsPrintedSoThatItCanBeReadAgain() throws Exception {
        MappedDevice device = bed.create("0 500 linear my\\ disk 0010");
        assertEquals("my\\ disk 10", TestBed.table(device));
        assertEquals("", TestBed.info(device));
        bed.deviceMapper().create("again", "0 500 linear " + TestBed.table(device));
        assertEquals(
                "my\\ disk 10", TestBed.table(bed.deviceMapper().device("again").orElseThrow()));
    }

    @Test
    void theKernelsChecksComeInItsOrder() {
        assertEquals(
                "linear: Invalid argument count (expected 2: <dev> <start>, found 1)",
                bed.refusal("0 8 linear nosuch"));
        assertEquals(
                "linear: Invalid device sector (argument 2 <start>: expected a decimal number of sectors, found '8k')",
                bed.refusal("0 8 linear nosuch 8k"));
        assertEquals(
                "linear: Device lookup failed (argument 1 <dev>: ",
                prefix(bed.refusal("0 8 linear 240:99 8"), "<dev>: "));
    }

    @Test
    void aRefusedTableLeavesNoFileBehind(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("new.img");
        String dev = "file:" + file + "?size=64K";
        assertEquals(
                "linear: Invalid device sector (argument 2 <start>: expected a decimal number of sectors, found 'x')",
                bed.refusal("0 8 linear " + dev + " x"));
        assertFalse(Files.exists(file));
        assertEquals(128, bed.create("0 128 linear " + dev + " 0").sectors());
        assertTrue(Files.exists(file), "so the device name was good");
    }

    private static String prefix(String text, String end) {
        return text.substring(0, text.indexOf(end) + end.length());
    }

    @Test
    void extentsAreThoseOfTheDeviceShifted() throws Exception {
        MappedDevice device = bed.create("0 3000 linear low 100");
        // A RAM disk takes memory in pieces of 512 sectors.
        bed.disk("low").write(1024, ByteBuffer.allocate(512));
        assertEquals(List.of("0+924 HOLE", "924+512 DATA", "1436+1564 HOLE"), TestBed.extents(device, 0, 3000));
        assertEquals(List.of("900+24 HOLE", "924+6 DATA"), TestBed.extents(device, 900, 30));
    }

    @Test
    void limitsAreTheDevices() throws Exception {
        MappedDevice device = bed.create("0 3000 linear low 8");
        assertEquals(bed.disk("low").limits(), device.limits());
    }
}
