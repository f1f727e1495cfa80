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
}
