package io.devicemapper.nbd.server;

/**
 * A range of bytes and the whole blocks around it, which the device can work with.
 *
 * @param begin first byte, at least 0
 * @param end the byte behind the last one
 * @param blockBytes a power of two
 */
record Blocks(long begin, long end, int blockBytes) {
    /** Where the block that contains a byte begins. */
    long blockBegin(long at) {
        return at & -blockBytes;
    }

    private long blockEnd(long at) {
        return blockBegin(at + blockBytes - 1);
    }

    /** Where the first block that is touched begins. */
    long coverBegin() {
        return blockBegin(begin);
    }

    /** Where the last block that is touched ends. */
    long coverEnd() {
        return blockEnd(end);
    }

    long coverBytes() {
        return coverEnd() - coverBegin();
    }

    /** Where the first block that lies inside as a whole begins; may be behind {@link #innerEnd} if there is none. */
    long innerBegin() {
        return blockEnd(begin);
    }

    /** Where the last block that lies inside as a whole ends. */
    long innerEnd() {
        return blockBegin(end);
    }

    /** Bytes between the begin of the first block and the range. */
    int headBytes() {
        return (int) (begin - coverBegin());
    }

    /** Whether the range is made of whole blocks. */
    boolean isAligned() {
        return ((begin | end) & (blockBytes - 1)) == 0;
    }
}
