package io.devicemapper.core.device;

import java.util.OptionalLong;

/**
 * How to open a {@link FileDevice}. Immutable; starts from {@link #DEFAULT}.
 *
 * @param readOnly whether the file is opened for reading only
 * @param direct whether I/O goes past the page cache ({@code O_DIRECT})
 * @param sizeBytes the size that the file must have; it is made as a sparse file of that size if it does not exist. Without a
 *     size the file must exist
 */
public record FileOptions(boolean readOnly, boolean direct, OptionalLong sizeBytes) {
    /** An existing file, for reading and writing, through the page cache. */
    public static final FileOptions DEFAULT = new FileOptions(false, false, OptionalLong.empty());

    /** These options with another {@link #readOnly()}. */
    public FileOptions withReadOnly(boolean newReadOnly) {
        return new FileOptions(newReadOnly, direct, sizeBytes);
    }

    /** These options with another {@link #direct()}. */
    public FileOptions withDirect(boolean newDirect) {
        return new FileOptions(readOnly, newDirect, sizeBytes);
    }

    /**
     * These options with a {@link #sizeBytes()}.
     *
     * @throws IllegalArgumentException if less than a sector of 512 bytes
     */
    public FileOptions withSizeBytes(long newSizeBytes) {
        if (newSizeBytes < 512) {
            throw new IllegalArgumentException("size " + newSizeBytes + ": less than one sector of 512 bytes");
        }
        return new FileOptions(readOnly, direct, OptionalLong.of(newSizeBytes));
    }
}
