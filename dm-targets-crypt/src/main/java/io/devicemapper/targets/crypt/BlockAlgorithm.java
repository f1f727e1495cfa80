package io.devicemapper.targets.crypt;

import java.util.Optional;

/** A block cipher by its name in the kernel's crypto API. */
interface BlockAlgorithm {
    /** Length of a block in bytes: 8 or 16. */
    int blockBytes();

    /** Whether a key may have this length in bytes. */
    boolean takesKeyOf(int bytes);

    /** Least and greatest key length in bytes, for messages and for what is derived from digests. */
    int minKeyBytes();

    /** See {@link #minKeyBytes}. */
    int maxKeyBytes();

    /** A cipher for one thread at a time, which uses the key's bytes as they are at that moment. */
    BlockCipher create(KeyMaterial key);

    /** Finds one; empty if there is none of that name. */
    static Optional<BlockAlgorithm> named(String name) {
        return BouncyCastle.CIPHERS.contains(name)
                ? Optional.of(name).filter(known -> BouncyCastle.isPresent()).flatMap(BouncyBlockAlgorithm::named)
                : JdkBlockAlgorithm.named(name);
    }
}
