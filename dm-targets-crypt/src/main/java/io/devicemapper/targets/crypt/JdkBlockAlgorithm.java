package io.devicemapper.targets.crypt;

import java.util.Locale;
import java.util.Optional;

/** The block ciphers that the JDK has. */
enum JdkBlockAlgorithm implements BlockAlgorithm {
    /** FIPS 197. */
    AES("AES", 16, 16, 32, 8),
    /** Triple DES with three keys. */
    DES3_EDE("DESede", 8, 24, 24, 1),
    /** Blowfish. */
    BLOWFISH("Blowfish", 8, 4, 56, 1);

    private final String jdkName;
    private final int blockBytes;
    private final int minKeyBytes;
    private final int maxKeyBytes;
    private final int keyStepBytes;

    JdkBlockAlgorithm(String jdkName, int blockBytes, int minKeyBytes, int maxKeyBytes, int keyStepBytes) {
        this.jdkName = jdkName;
        this.blockBytes = blockBytes;
        this.minKeyBytes = minKeyBytes;
        this.maxKeyBytes = maxKeyBytes;
        this.keyStepBytes = keyStepBytes;
    }

    static Optional<BlockAlgorithm> named(String name) {
        for (JdkBlockAlgorithm algorithm : values()) {
            if (algorithm.name().toLowerCase(Locale.ROOT).equals(name)) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }

    @Override
    public int blockBytes() {
        return blockBytes;
    }

    @Override
    public boolean takesKeyOf(int bytes) {
        return bytes >= minKeyBytes && bytes <= maxKeyBytes && (bytes - minKeyBytes) % keyStepBytes == 0;
    }

    @Override
    public int minKeyBytes() {
        return minKeyBytes;
    }

    @Override
    public int maxKeyBytes() {
        return maxKeyBytes;
    }

    @Override
    public BlockCipher create(KeyMaterial key) {
        return new JdkBlockCipher(jdkName, blockBytes, key);
    }
}
