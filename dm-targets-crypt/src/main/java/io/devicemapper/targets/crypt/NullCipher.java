package io.devicemapper.targets.crypt;

import java.nio.ByteBuffer;

/** Encrypts nothing: {@code cipher_null}, for measurements. */
final class NullCipher extends SectorCipher {
    @Override
    int ivBytes() {
        return 0;
    }

    @Override
    void encrypt(
            ByteBuffer source,
            int sourcePosition,
            ByteBuffer target,
            int targetPosition,
            int length,
            int unitBytes,
            byte[] ivs) {
        target.put(targetPosition, source, sourcePosition, length);
    }

    @Override
    void decrypt(
            ByteBuffer source,
            int sourcePosition,
            ByteBuffer target,
            int targetPosition,
            int length,
            int unitBytes,
            byte[] ivs) {
        encrypt(source, sourcePosition, target, targetPosition, length, unitBytes, ivs);
    }

    @Override
    public void close() {}
}
