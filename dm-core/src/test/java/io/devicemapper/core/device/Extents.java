package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The extents of a device, checked against what every device owes its visitor. */
final class Extents {
    private Extents() {}

    record Extent(long sector, long sectors, ExtentType type) {}

    static List<Extent> of(BlockDevice device, long sector, long sectors) throws IOException {
        List<Extent> extents = new ArrayList<>();
        device.extents(sector, sectors, (s, n, type) -> extents.add(new Extent(s, n, type)));
        long next = sector;
        for (Extent extent : extents) {
            assertEquals(next, extent.sector(), () -> "gap or overlap in " + extents);
            assertTrue(extent.sectors() > 0, extents::toString);
            next += extent.sectors();
        }
        assertEquals(sector + sectors, next, () -> "range not covered by " + extents);
        return extents;
    }
}
