package io.devicemapper.targets.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.target.TargetFeature;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ErrorTargetTest {
    private final TestBed bed = new TestBed().disk("low", 4096, 4096);

    @AfterEach
    void close() throws DmException {
        bed.close();
    }

    @Test
    void whatTouchesDataFails() throws Exception {
        MappedDevice device = bed.create("0 1000 error");
        assertEquals(BioStatus.IO, TestBed.submit(device, BioOp.READ, 0, 8));
        assertEquals(BioStatus.IO, TestBed.submit(device, BioOp.WRITE, 8, 8));
        assertEquals(BioStatus.IO, TestBed.submit(device, BioOp.DISCARD, 0, 1000));
        assertEquals(BioStatus.UNSUPPORTED, TestBed.submit(device, BioOp.WRITE_ZEROES, 0, 8));
        assertEquals(BioStatus.OK, TestBed.flush(device), "as in the kernel, where nobody is sent the flush");
    }

    @Test
    void aBioThatOnlyTouchesItFailsWhole() throws Exception {
        MappedDevice device = bed.create("0 16 linear low 0\n16 8 error low 16");
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.WRITE, 0, 16));
        assertEquals(BioStatus.IO, TestBed.submit(device, BioOp.WRITE, 8, 16));
    }

    @Test
    void theLimitsAreThoseOfTheDeviceItStandsInFor() throws Exception {
        MappedDevice device = bed.create("0 800 error low 8");
        assertEquals(4096, device.limits().logicalBlockSize());
        assertEquals(BioStatus.IO, TestBed.submit(device, BioOp.READ, 0, 8));
        TestBed.flush(device);
        assertEquals(List.of(), bed.disk("low").takeLog(), "the device itself is left in peace");
        assertEquals("", TestBed.table(device));
    }

    @Test
    void onlyTwoArgumentsAreRead() throws Exception {
        assertEquals(
                "error: Invalid device sector (argument 2 <start>: expected a decimal number of sectors, found 'x')",
                bed.refusal("0 8 error nosuch x"));
        assertTrue(bed.refusal("0 8 error 240:99 0").startsWith("error: Device lookup failed (argument 1 <dev>: "));
        bed.deviceMapper().create("one", "0 8 error nosuch");
        bed.deviceMapper().create("three", "0 8 error nosuch x y");
    }

    @Test
    void itMayReplaceAnyTarget() {
        assertEquals(Set.of(TargetFeature.WILDCARD), new ErrorTarget().features());
    }
}
