package io.devicemapper.targets.crypt;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The IV modes, by the names that a crypt line has for them in lower case.
 *
 * @see <a href="https://gitlab.com/cryptsetup/cryptsetup/-/wikis/DMCrypt">DMCrypt: IV generators</a>
 */
enum IvMode {
    /** See {@link SectorIvs#PLAIN}. */
    PLAIN,
    /** See {@link SectorIvs#PLAIN64}. */
    PLAIN64,
    /** See {@link SectorIvs#PLAIN64BE}. */
    PLAIN64BE,
    /** See {@link EssivCipher}, which gets {@link #PLAIN64}. */
    ESSIV,
    /** See {@link SectorIvs#benbi}. */
    BENBI,
    /** See {@link SectorIvs#NULL}. */
    NULL,
    /** The unit's place in bytes, encrypted under the key for the data. */
    EBOIV,
    /** {@link #EBOIV}, and a diffuser over the plaintext: BitLocker before Windows 8. */
    ELEPHANT,
    /** Loop-AES. */
    LMK,
    /** TrueCrypt before version 4.1. */
    TCW,
    /** Stored beside the data, which needs an integrity device below. */
    RANDOM;

    static Optional<IvMode> named(String name) {
        return Arrays.stream(values())
                .filter(mode -> mode.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst();
    }
}
