package io.devicemapper.targets.crypt;

/** A block cipher under one key, block by block (ECB). For one thread at a time. */
interface BlockCipher {
    /**
     * Encrypts whole blocks. Input and output may be the same array only if they do not overlap.
     *
     * @param length bytes, a multiple of the block size
     */
    void encrypt(byte[] input, int inputOffset, byte[] output, int outputOffset, int length);

    /** Decrypts whole blocks; as {@link #encrypt}. */
    void decrypt(byte[] input, int inputOffset, byte[] output, int outputOffset, int length);

    /**
     * Encrypts whole blocks, each chained to the one before (CBC).
     *
     * @param input changed on the way; not the same array as {@code output}
     * @param output takes {@code length} bytes from its begin on
     * @param length bytes, a multiple of the block size, at least one block
     * @param ivs has the IV, one block, at {@code ivOffset}
     */
    void encryptChained(byte[] input, byte[] output, int length, byte[] ivs, int ivOffset);
}
