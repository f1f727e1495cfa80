package io.devicemapper.persistent;

/** For trees whose values refer to blocks: array blocks, or roots of other trees. */
interface ValueReferences {
    /** The value at {@code offset} was copied: what it refers to has one more reference. */
    void increment(byte[] leaf, int offset) throws MetadataException;

    /** The value at {@code offset} is about to go: what it refers to has one reference less. */
    void decrement(byte[] leaf, int offset) throws MetadataException;
}
