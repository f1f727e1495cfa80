package io.devicemapper.targets.crypt;

/**
 * Which part of the key is for what: keys of the cipher, one or several that take turns, and what the IV mode needs behind them.
 *
 * @param keyCount number of keys for the cipher
 * @param subkeyBytes length of each; negative if the whole is too short
 * @param extraOffset where that begins which the IV mode has
 * @param extraBytes its length
 */
record KeyLayout(int keyCount, int subkeyBytes, int extraOffset, int extraBytes) {
    private static final int TCW_WHITENING_BYTES = 16;

    static KeyLayout of(IvMode ivMode, int keyBytes, int keyCount, int ivBytes) {
        int extraBytes = 0;
        if (ivMode == IvMode.ELEPHANT) {
            extraBytes = keyBytes / 2;
        } else if (ivMode == IvMode.TCW) {
            extraBytes = ivBytes + TCW_WHITENING_BYTES;
        } else if (ivMode == IvMode.LMK && keyBytes % keyCount != 0) {
            // A key more than there are for the data: the seed of version 3.
            extraBytes = keyBytes / (keyCount + 1);
        }
        int rest = keyBytes - extraBytes;
        // Bytes that are too many stand behind all keys of Loop-AES, and before what the other modes have.
        int extraOffset = ivMode == IvMode.LMK ? keyCount * extraBytes : rest;
        return new KeyLayout(keyCount, rest < 0 ? -1 : rest / keyCount, extraOffset, extraBytes);
    }

    /** A key of the cipher. */
    KeyMaterial subkey(KeyMaterial key, int index) {
        return key.slice(index * subkeyBytes, subkeyBytes);
    }

    /** What the IV mode has. */
    KeyMaterial extra(KeyMaterial key) {
        return key.slice(extraOffset, extraBytes);
    }
}
