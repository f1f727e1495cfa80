package io.devicemapper.targets.cache.sim;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Gathers the accesses of a trace. Devices lie side by side in one space of block numbers. */
final class TraceBuilder {
    static final int SECTOR_BYTES = 512;

    /** So that two arrays of this length fit a heap. */
    static final int MAX_ACCESSES = 1 << 29;

    static final int MAX_DEVICES = 32;

    /** Block numbers of one device lie below that, those of the next one above. */
    private static final long DEVICE_BLOCKS = 1L << 57;

    private final int blockSectors;
    private final Map<String, Integer> devices = new LinkedHashMap<>();
    private long[] accesses = new long[1024];
    private int count;

    /**
     * No access yet.
     *
     * @param blockSectors length of a block in sectors, for traces of sectors or bytes
     */
    TraceBuilder(int blockSectors) {
        this.blockSectors = blockSectors;
    }

    int count() {
        return count;
    }

    /** An access to a block, by its number. */
    void block(long block) throws SimException {
        if (count == MAX_ACCESSES) {
            throw new SimException("more than " + MAX_ACCESSES + " accesses");
        }
        if (count == accesses.length) {
            accesses = Arrays.copyOf(accesses, 2 * count);
        }
        accesses[count++] = block;
    }

    /** An access to each block that a range of sectors lies in; none if it is empty. */
    void sectors(String device, long sector, long sectors) throws SimException {
        if (sectors > 0) {
            range(device, sector / blockSectors, (sector + sectors - 1) / blockSectors);
        }
    }

    /** An access to each block that a range of bytes lies in; none if it is empty. */
    void bytes(String device, long offset, long length) throws SimException {
        if (length > 0) {
            long blockBytes = (long) blockSectors * SECTOR_BYTES;
            range(device, offset / blockBytes, (offset + length - 1) / blockBytes);
        }
    }

    private void range(String device, long first, long last) throws SimException {
        Integer number = devices.get(device);
        if (number == null) {
            number = devices.size();
            if (number == MAX_DEVICES) {
                throw new SimException("more than " + MAX_DEVICES + " devices");
            }
            devices.put(device, number);
        }
        for (long block = first; block <= last; block++) {
            block(number * DEVICE_BLOCKS + block);
        }
    }

    Trace build(String name, String description) {
        return new Trace(name, description, Arrays.copyOf(accesses, count));
    }
}
