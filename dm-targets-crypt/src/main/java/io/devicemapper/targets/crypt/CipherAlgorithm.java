package io.devicemapper.targets.crypt;

import java.util.function.Function;
import java.util.function.IntPredicate;

/**
 * What encrypts units, found by its name and without a key yet: a block cipher in a mode, as a rule.
 *
 * @param ivBytes length of an IV; 0 if it takes none
 * @param blockBytes what the kernel calls its block size: 1 for a stream
 * @param takesKeyOf whether a key may have a length in bytes
 * @param maker makes a cipher of a key that has such a length
 */
record CipherAlgorithm(
        int ivBytes, int blockBytes, IntPredicate takesKeyOf, Function<KeyMaterial, SectorCipher> maker) {
    /** A cipher under this key, whose owner wipes it after the cipher was closed. */
    SectorCipher create(KeyMaterial key) {
        return maker.apply(key);
    }
}
