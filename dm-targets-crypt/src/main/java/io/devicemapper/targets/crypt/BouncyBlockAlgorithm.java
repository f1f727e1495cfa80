package io.devicemapper.targets.crypt;

import java.util.Locale;
import java.util.Optional;
import org.bouncycastle.crypto.engines.CAST5Engine;
import org.bouncycastle.crypto.engines.CAST6Engine;
import org.bouncycastle.crypto.engines.CamelliaEngine;
import org.bouncycastle.crypto.engines.SerpentEngine;
import org.bouncycastle.crypto.engines.TwofishEngine;

/** The block ciphers that the JDK has not: those of Bouncy Castle, whose classes are loaded when the first of them is asked for. */
enum BouncyBlockAlgorithm implements BlockAlgorithm {
    /** Serpent, in the byte order of NESSIE. */
    SERPENT(16, 4, 32, 4),
    /** Twofish. */
    TWOFISH(16, 16, 32, 8),
    /** RFC 3713. */
    CAMELLIA(16, 16, 32, 8),
    /** RFC 2144. */
    CAST5(8, 5, 16, 1),
    /** RFC 2612: CAST-256. */
    CAST6(16, 16, 32, 4);

    private final int blockBytes;
    private final int minKeyBytes;
    private final int maxKeyBytes;
    private final int keyStepBytes;

    BouncyBlockAlgorithm(int blockBytes, int minKeyBytes, int maxKeyBytes, int keyStepBytes) {
        this.blockBytes = blockBytes;
        this.minKeyBytes = minKeyBytes;
        this.maxKeyBytes = maxKeyBytes;
        this.keyStepBytes = keyStepBytes;
    }

    static Optional<BlockAlgorithm> named(String name) {
        for (BouncyBlockAlgorithm algorithm : values()) {
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
        return new BouncyBlockCipher(engine(), engine(), key);
    }

    private org.bouncycastle.crypto.BlockCipher engine() {
        return switch (this) {
            case SERPENT -> new SerpentEngine();
            case TWOFISH -> new TwofishEngine();
            case CAMELLIA -> new CamelliaEngine();
            case CAST5 -> new CAST5Engine();
            case CAST6 -> new CAST6Engine();
        };
    }
}
