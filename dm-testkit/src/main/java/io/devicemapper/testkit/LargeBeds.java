package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import java.util.ArrayList;
import java.util.List;

/** Beds so large that numbers of 32 bits do not do. They cost memory only for what is written. */
final class LargeBeds {
    /** Makes a target of a thousand sectors one of more than 2^33. */
    static final long SCALE = 1L << 24;

    /** Where a byte offset, a count of sectors, or either of them with a sign, overflows 31 or 32 bits. */
    private static final long[] EDGES = {
        1L << (31 - Bio.SECTOR_SHIFT), 1L << (32 - Bio.SECTOR_SHIFT), 1L << 31, 1L << 32, 3L << 31, 1L << 33
    };

    private LargeBeds() {}

    /** Places for two blocks each that lie on either side of such an edge, and the last two of all. */
    static List<Long> places(long len, long block) {
        List<Long> places = new ArrayList<>();
        places.add(0L);
        for (long edge : EDGES) {
            long place = edge / block * block - block;
            if (place + 2 * block < len - 2 * block) {
                places.add(place);
            }
        }
        places.add(len - 2 * block);
        return places;
    }
}
