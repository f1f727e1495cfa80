package io.devicemapper.targets.crypt;

/**
 * How long blocks and keys of a block cipher are.
 *
 * @param blockBytes 8 or 16
 * @param minKeyBytes the shortest key
 * @param maxKeyBytes the longest key
 * @param keyStepBytes keys in between are longer than the shortest by a multiple of this
 */
record BlockShape(int blockBytes, int minKeyBytes, int maxKeyBytes, int keyStepBytes) {
    /** Whether a key may have this length in bytes. */
    boolean takesKeyOf(int bytes) {
        return bytes >= minKeyBytes && bytes <= maxKeyBytes && (bytes - minKeyBytes) % keyStepBytes == 0;
    }
}
