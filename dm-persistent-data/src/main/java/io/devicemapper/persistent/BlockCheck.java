package io.devicemapper.persistent;

/** What a block must be beyond its checksum and number. There is one instance for each format, so that two are compared by identity. */
interface BlockCheck {
    /**
     * What is wrong with a block, in words that follow the block's number; null if nothing is.
     *
     * @param bytes a block whose checksum and number are right
     */
    String fault(byte[] bytes);
}
