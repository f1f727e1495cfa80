package io.devicemapper.targets.crypt;

/** Chooses the implementation of AES-XTS. */
final class XtsCiphers {
    private XtsCiphers() {}

    /**
     * AES-XTS.
     *
     * @param key 32 bytes (AES-128), 48 (AES-192) or 64 (AES-256): data key, then tweak key; its owner wipes it after {@link
     *     SectorCipher#close}
     */
    static SectorCipher aes(KeyMaterial key) {
        int half = key.length() / 2;
        KeyMaterial dataKey = key.slice(0, half);
        KeyMaterial tweakKey = key.slice(half, half);
        return new PlainXtsCipher(() -> new JdkBlockCipher("AES", dataKey), () -> new JdkBlockCipher("AES", tweakKey));
    }
}
