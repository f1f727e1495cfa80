package io.devicemapper.targets.crypt;

import io.devicemapper.target.TargetException;
import java.util.TreeSet;

/**
 * What a crypt line says about its encryption, checked, apart from the key: makes the engine for a key. Immutable.
 */
final class CryptDesign {
    /** How the kernel refuses a key. */
    static final String BAD_KEY = "Error decoding and setting key";

    /** How it refuses an IV mode that does not go with the rest. */
    private static final String BAD_IV = "Error creating IV";

    /** At least a sector number of 64 bits must fit into an IV. */
    private static final int MIN_IV_BYTES = 8;

    private final CipherSpec spec;
    private final CipherAlgorithm algorithm;
    private final IvMode ivMode;
    private final UnitNumbering numbering;
    private final int keyBytes;
    private final KeyLayout layout;

    private CryptDesign(
            CipherSpec spec,
            CipherAlgorithm algorithm,
            IvMode ivMode,
            UnitNumbering numbering,
            int keyBytes,
            KeyLayout layout) {
        this.spec = spec;
        this.algorithm = algorithm;
        this.ivMode = ivMode;
        this.numbering = numbering;
        this.keyBytes = keyBytes;
        this.layout = layout;
    }

    /**
     * Looks up algorithm and IV mode, and finds out which part of the key is for what.
     *
     * @param keyBytes length of the whole key
     * @throws TargetException if there is no such algorithm or mode
     */
    static CryptDesign of(CipherSpec spec, int keyBytes, UnitNumbering numbering) throws TargetException {
        CipherAlgorithm algorithm = CipherAlgorithms.find(spec.algorithm())
                .orElseThrow(() -> CipherSpec.error(CipherSpec.UNKNOWN_ALGORITHM, spec.text(), hint(spec.algorithm())));
        IvMode ivMode = null;
        // The kernel, too, leaves out the IV where the cipher takes none, whatever it is.
        if (spec.ivMode() != null && algorithm.ivBytes() > 0) {
            ivMode = IvMode.named(spec.ivMode())
                    .orElseThrow(() -> CipherSpec.error(
                            "Invalid IV mode", spec.text(), "a known IV mode, such as aes-xts-plain64"));
        }
        KeyLayout layout = KeyLayout.of(ivMode, keyBytes, spec.keyCount(), Math.max(MIN_IV_BYTES, algorithm.ivBytes()));
        return new CryptDesign(spec, algorithm, ivMode, numbering, keyBytes, layout);
    }

    private static String hint(AlgorithmName name) {
        return BouncyCastle.isMissingFor(name)
                ? "Bouncy Castle (bcprov) beside this module, which has "
                        + String.join(", ", new TreeSet<>(BouncyCastle.CIPHERS))
                : "a known cipher, such as aes-xts-plain64";
    }

    /** Whether it cannot work without an integrity device below. */
    boolean needsIntegrity() {
        return ivMode == IvMode.RANDOM;
    }

    /** Length of the whole key. */
    int keyBytes() {
        return keyBytes;
    }

    /** Checks the length of the key against what cipher and IV mode need. */
    void checkKeyLength() throws TargetException {
        if (layout.subkeyBytes() < 0 || !algorithm.takesKeyOf().test(layout.subkeyBytes()) || !isExtraKeyUsable()) {
            throw new TargetException(BAD_KEY + " (argument 2 <key>: " + keyBytes + " bytes are no key for "
                    + spec.text() + (spec.keyCount() == 1 ? "" : ", which has " + spec.keyCount() + " keys") + ")");
        }
    }

    /** Whether the IV mode can work with its part of the key. */
    private boolean isExtraKeyUsable() {
        int extraBytes = layout.extraBytes();
        if (ivMode == IvMode.ELEPHANT) {
            return JdkBlockAlgorithm.AES.takesKeyOf(extraBytes);
        }
        return ivMode != IvMode.LMK || extraBytes == 0 || extraBytes >= LmkEngine.SEED_BYTES;
    }

    /** Checks that the IV mode goes with cipher, key and length of units. */
    void checkIv() throws TargetException {
        if (ivMode == null) {
            return;
        }
        String problem =
                switch (ivMode) {
                    case LMK, TCW -> {
                        if (numbering.unitBytes() != 512) {
                            yield "Unsupported sector size for " + ivMode + ": expected 512";
                        }
                        yield algorithm.ivBytes() <= SectorCipher.IV_BYTES
                                ? null
                                : ivMode + " makes IVs of at most " + SectorCipher.IV_BYTES + " bytes";
                    }
                    case EBOIV, ELEPHANT ->
                        algorithm.blockBytes() == algorithm.ivBytes()
                                ? null
                                : "Block size of EBOIV cipher does not match IV size of block cipher";
                    default -> null;
                };
        if (problem != null) {
            throw CipherSpec.error(BAD_IV, spec.text(), "another IV mode; " + problem);
        }
    }

    /**
     * Makes an engine.
     *
     * @param key of the right length; its owner wipes it after the engine was closed
     */
    CryptEngine create(KeyMaterial key) {
        SectorCipher[] ciphers = new SectorCipher[spec.keyCount()];
        for (int i = 0; i < ciphers.length; i++) {
            ciphers[i] = algorithm.create(layout.subkey(key, i));
        }
        int ivBytes = algorithm.ivBytes();
        if (ivMode == null) {
            return new IvEngine(numbering, SectorIvs.NULL.ofLength(ivBytes), ciphers);
        }
        return switch (ivMode) {
            case PLAIN -> new IvEngine(numbering, SectorIvs.PLAIN.ofLength(ivBytes), ciphers);
            case PLAIN64, ESSIV -> new IvEngine(numbering, SectorIvs.PLAIN64.ofLength(ivBytes), ciphers);
            case PLAIN64BE -> new IvEngine(numbering, SectorIvs.PLAIN64BE.ofLength(ivBytes), ciphers);
            case NULL -> new IvEngine(numbering, SectorIvs.NULL.ofLength(ivBytes), ciphers);
            case BENBI -> new IvEngine(numbering, SectorIvs.benbi(ivBytes, algorithm.blockBytes()), ciphers);
            case EBOIV -> new IvEngine(numbering, eboiv(key), ciphers);
            case ELEPHANT ->
                new ElephantEngine(numbering, new IvEngine(numbering, eboiv(key), ciphers), layout.extra(key));
            case LMK -> new LmkEngine(numbering, ciphers, layout.extra(key));
            case TCW -> new TcwEngine(numbering, ciphers, layout.extra(key));
            case RANDOM -> throw new IllegalStateException("random IVs need an integrity device");
        };
    }

    private IvGenerator eboiv(KeyMaterial key) {
        KeyMaterial first = layout.subkey(key, 0);
        return new EncryptedOffsetIvs(numbering.unitBytes(), CipherAlgorithms.forBlocks(spec.algorithm(), first));
    }
}
