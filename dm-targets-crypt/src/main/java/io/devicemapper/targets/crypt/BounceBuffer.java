package io.devicemapper.targets.crypt;

import java.nio.ByteBuffer;

/** Where a write's ciphertext stands while the lower device has it. Belongs to one bio at a time. */
record BounceBuffer(ByteBuffer bytes, int sizeClass, boolean pooled) {
    /** The buffer, with so many bytes remaining. */
    ByteBuffer payload(int length) {
        return bytes.limit(length);
    }
}
