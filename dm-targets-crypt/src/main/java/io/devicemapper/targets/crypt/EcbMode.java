package io.devicemapper.targets.crypt;

/** ECB: each block for itself, without an IV. */
record EcbMode(BlockCipher cipher) implements UnitCipher.Mode {
    @Override
    public void encrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset) {
        cipher.encrypt(in, 0, out, 0, length);
    }

    @Override
    public void decrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset) {
        cipher.decrypt(in, 0, out, 0, length);
    }
}
