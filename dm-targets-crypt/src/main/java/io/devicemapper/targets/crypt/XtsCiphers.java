package io.devicemapper.targets.crypt;

/** Chooses the implementation of AES-XTS. */
final class XtsCiphers {
    private XtsCiphers() {}

    /**
     * AES-XTS on the engine that {@link XtsEngines#chosen} names.
     *
     * @param key 32 bytes (AES-128), 48 (AES-192) or 64 (AES-256): data key, then tweak key; its owner wipes it after {@link
     *     SectorCipher#close}
     * @throws IllegalArgumentException if the setting names an engine that does not work here
     */
    static SectorCipher aes(KeyMaterial key) {
        return aes(key, XtsEngines.chosen());
    }

    /** AES-XTS on a given engine; the key is as above. */
    static SectorCipher aes(KeyMaterial key, XtsPasses passes) {
        int half = key.length() / 2;
        KeyMaterial dataKey = key.slice(0, half);
        KeyMaterial tweakKey = key.slice(half, half);
        return new AesXtsCipher(
                passes, () -> JdkBlockAlgorithm.AES.create(dataKey), () -> JdkBlockAlgorithm.AES.create(tweakKey));
    }
}
