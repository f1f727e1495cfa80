package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import org.junit.jupiter.api.Test;

/** What a device says of itself. */
interface DeviceShapeRules extends Rules {
    @Test
    default void siz01_sizeIsWhatWasAskedForAndStays(DeviceRig rig) throws Exception {
        BlockDevice device = rig.device();
        assertEquals(rig.sectors(), device.sectors(), "size in sectors");
        assertEquals(0, device.sectors() % rig.block(), "sectors beyond the last whole block");
        rig.io().fill();
        assertEquals(rig.sectors(), device.sectors(), "size in sectors, after writes");
    }

    @Test
    default void siz02_nameIsOneLine(DeviceRig rig) throws Exception {
        String name = rig.device().name();
        assertFalse(name == null || name.isBlank(), "the device has no name");
        assertEquals(1, name.lines().count(), () -> "lines of the name: " + name);
        assertFalse(rig.device().isReadOnly(), "opened for writing, and says that it is read-only");
    }

    @Test
    default void siz03_limitsOfferWhatTheDeviceHas(DeviceRig rig) throws Exception {
        QueueLimits limits = rig.device().limits();
        assertEquals(rig.has(Behavior.DISCARDS), limits.maxDiscardSectors() > 0, "limits offer discards");
        assertEquals(rig.has(Behavior.WRITE_ZEROES), limits.maxWriteZeroesSectors() > 0, "limits offer write-zeroes");
        assertEquals(rig.has(Behavior.FUA), limits.fua(), "limits offer FUA");
        rig.io().fill();
        assertEquals(
                limits.logicalBlockSize(), rig.device().limits().logicalBlockSize(), "logical block, after writes");
    }
}
