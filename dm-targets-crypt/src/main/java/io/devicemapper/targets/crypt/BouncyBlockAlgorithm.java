package io.devicemapper.targets.crypt;

import java.util.Optional;
import org.bouncycastle.crypto.engines.CAST5Engine;
import org.bouncycastle.crypto.engines.CAST6Engine;
import org.bouncycastle.crypto.engines.CamelliaEngine;
import org.bouncycastle.crypto.engines.SerpentEngine;
import org.bouncycastle.crypto.engines.TwofishEngine;

/** The block ciphers that the JDK has not: those of Bouncy Castle, whose classes are loaded when the first of them is asked for. */
enum BouncyBlockAlgorithm implements BlockAlgorithm {
    /** Serpent, in the byte order of NESSIE. */
    SERPENT(new BlockShape(16, 4, 32, 4)),
    /** Twofish. */
    TWOFISH(new BlockShape(16, 16, 32, 8)),
    /** RFC 3713. */
    CAMELLIA(new BlockShape(16, 16, 32, 8)),
    /** RFC 2144. */
    CAST5(new BlockShape(8, 5, 16, 1)),
    /** RFC 2612: CAST-256. */
    CAST6(new BlockShape(16, 16, 32, 4));

    @SuppressWarnings("ImmutableEnumChecker") // a record of numbers, which the checker does not see
    private final BlockShape shape;

    BouncyBlockAlgorithm(BlockShape shape) {
        this.shape = shape;
    }

    static Optional<BlockAlgorithm> named(String name) {
        return BlockAlgorithm.among(values(), name);
    }

    @Override
    public BlockShape shape() {
        return shape;
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
