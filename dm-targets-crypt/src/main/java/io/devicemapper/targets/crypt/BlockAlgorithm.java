package io.devicemapper.targets.crypt;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A block cipher by its name in the kernel's crypto API. */
interface BlockAlgorithm {
    /** The name in capitals, as an enum's constant has it. */
    String name();

    /** How long its blocks and keys are. */
    BlockShape shape();

    /** A cipher for one thread at a time, which uses the key's bytes as they are at that moment. */
    BlockCipher create(KeyMaterial key);

    /** Length of a block in bytes. */
    default int blockBytes() {
        return shape().blockBytes();
    }

    /** Whether a key may have this length in bytes. */
    default boolean takesKeyOf(int bytes) {
        return shape().takesKeyOf(bytes);
    }

    /** Finds one; empty if there is none of that name. */
    static Optional<BlockAlgorithm> named(String name) {
        return BouncyCastle.CIPHERS.contains(name)
                ? Optional.of(name).filter(known -> BouncyCastle.isPresent()).flatMap(BouncyBlockAlgorithm::named)
                : among(JdkBlockAlgorithm.values(), name);
    }

    /** Finds one among these. */
    static Optional<BlockAlgorithm> among(BlockAlgorithm[] algorithms, String name) {
        return Arrays.stream(algorithms)
                .filter(algorithm -> algorithm.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst();
    }
}
