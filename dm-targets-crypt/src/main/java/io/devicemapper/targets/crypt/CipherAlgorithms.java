package io.devicemapper.targets.crypt;

import java.util.Optional;
import java.util.function.BiFunction;

/** The algorithms that there are, by the names of the kernel's crypto API. */
final class CipherAlgorithms {
    private static final int XTS_AND_LRW_BLOCK_BYTES = 16;

    private CipherAlgorithms() {}

    /** Finds an algorithm; empty if there is none of that name. */
    static Optional<CipherAlgorithm> find(AlgorithmName name) {
        if (name.is("essiv", 2)) {
            return essiv(name);
        }
        if (name.is("adiantum", 2) || name.is("adiantum", 3)) {
            return adiantum(name);
        }
        if (name.is("ecb", 1) && name.arguments().get(0).is("cipher_null", 0)) {
            return Optional.of(new CipherAlgorithm(0, 1, bytes -> bytes == 0, key -> new NullCipher()));
        }
        if (name.arguments().size() != 1 || !name.arguments().get(0).arguments().isEmpty()) {
            return Optional.empty();
        }
        return BlockAlgorithm.named(name.arguments().get(0).name()).flatMap(block -> chained(name.name(), block));
    }

    private static Optional<CipherAlgorithm> chained(String mode, BlockAlgorithm block) {
        int blockBytes = block.blockBytes();
        return switch (mode) {
            case "ecb" -> Optional.of(simple(0, blockBytes, block, (cipher, size) -> new EcbMode(cipher)));
            case "cbc" -> Optional.of(cbc(block));
            case "ctr" -> Optional.of(simple(blockBytes, 1, block, CtrMode::new));
            case "xts" -> blockBytes == XTS_AND_LRW_BLOCK_BYTES ? Optional.of(xts(block)) : Optional.empty();
            case "lrw" -> blockBytes == XTS_AND_LRW_BLOCK_BYTES ? Optional.of(lrw(block)) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static CipherAlgorithm simple(
            int ivBytes,
            int modeBlockBytes,
            BlockAlgorithm block,
            BiFunction<BlockCipher, Integer, UnitCipher.Mode> mode) {
        return new CipherAlgorithm(
                ivBytes,
                modeBlockBytes,
                block::takesKeyOf,
                key -> new UnitCipher(ivBytes, () -> mode.apply(block.create(key), block.blockBytes())));
    }

    private static CipherAlgorithm cbc(BlockAlgorithm block) {
        int blockBytes = block.blockBytes();
        return new CipherAlgorithm(
                blockBytes, blockBytes, block::takesKeyOf, key -> new CbcCipher(blockBytes, () -> block.create(key)));
    }

    private static CipherAlgorithm xts(BlockAlgorithm block) {
        return new CipherAlgorithm(
                SectorCipher.IV_BYTES,
                XTS_AND_LRW_BLOCK_BYTES,
                bytes -> bytes % 2 == 0 && block.takesKeyOf(bytes / 2),
                key -> block == JdkBlockAlgorithm.AES ? XtsCiphers.aes(key) : XtsMode.cipher(block, key));
    }

    /**
     * A cipher that takes units of one block, for IVs: what is fast for data may not.
     *
     * @param name of an algorithm that there is
     */
    static SectorCipher forBlocks(AlgorithmName name, KeyMaterial key) {
        if (name.is("essiv", 2)) {
            return new EssivCipher(
                    forBlocks(name.arguments().get(0), key),
                    innermost(name.arguments().get(0)).orElseThrow(),
                    Digest.named(name.arguments().get(1).toString()).orElseThrow(),
                    key);
        }
        return name.is("xts", 1)
                ? BlockAlgorithm.named(name.arguments().get(0).name())
                        .map(block -> XtsMode.cipher(block, key))
                        .orElseThrow()
                : find(name).orElseThrow().create(key);
    }

    private static CipherAlgorithm lrw(BlockAlgorithm block) {
        return new CipherAlgorithm(
                SectorCipher.IV_BYTES,
                XTS_AND_LRW_BLOCK_BYTES,
                bytes -> block.takesKeyOf(bytes - XTS_AND_LRW_BLOCK_BYTES),
                key -> LrwMode.cipher(block, key));
    }

    private static Optional<CipherAlgorithm> adiantum(AlgorithmName name) {
        int rounds =
                switch (name.arguments().get(0).toString()) {
                    case "xchacha12" -> 12;
                    case "xchacha20" -> 20;
                    default -> 0;
                };
        boolean usualHash = name.arguments().size() == 2
                || name.arguments().get(2).toString().equals("nhpoly1305");
        if (rounds == 0 || !usualHash || !name.arguments().get(1).arguments().isEmpty()) {
            return Optional.empty();
        }
        return BlockAlgorithm.named(name.arguments().get(1).name())
                .filter(block ->
                        block.blockBytes() == AdiantumMode.BLOCK_BYTES && block.takesKeyOf(AdiantumMode.KEY_BYTES))
                .map(block -> new CipherAlgorithm(
                        AdiantumMode.IV_BYTES,
                        AdiantumMode.BLOCK_BYTES,
                        bytes -> bytes == AdiantumMode.KEY_BYTES,
                        key -> AdiantumMode.cipher(rounds, block, key)));
    }

    private static Optional<CipherAlgorithm> essiv(AlgorithmName name) {
        Optional<CipherAlgorithm> inner = find(name.arguments().get(0));
        Optional<BlockAlgorithm> block = innermost(name.arguments().get(0));
        Optional<Digest> digest = Digest.named(name.arguments().get(1).toString());
        if (inner.isEmpty() || block.isEmpty() || digest.isEmpty()) {
            return Optional.empty();
        }
        int digestBytes = digest.get().bytes();
        if (inner.get().ivBytes() != block.get().blockBytes()
                || digestBytes < block.get().shape().minKeyBytes()
                || digestBytes > block.get().shape().maxKeyBytes()) {
            return Optional.empty();
        }
        return Optional.of(new CipherAlgorithm(
                inner.get().ivBytes(),
                inner.get().blockBytes(),
                bytes -> inner.get().takesKeyOf().test(bytes) && block.get().takesKeyOf(digestBytes),
                key -> new EssivCipher(inner.get().create(key), block.get(), digest.get(), key)));
    }

    /** The block cipher in the innermost brackets. */
    private static Optional<BlockAlgorithm> innermost(AlgorithmName name) {
        return name.arguments().isEmpty()
                ? BlockAlgorithm.named(name.name())
                : innermost(name.arguments().get(0));
    }
}
