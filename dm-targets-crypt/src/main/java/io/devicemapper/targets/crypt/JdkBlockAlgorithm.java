package io.devicemapper.targets.crypt;

/** The block ciphers that the JDK has. */
enum JdkBlockAlgorithm implements BlockAlgorithm {
    /** FIPS 197. */
    AES("AES", new BlockShape(16, 16, 32, 8)),
    /** Triple DES with three keys. */
    DES3_EDE("DESede", new BlockShape(8, 24, 24, 1)),
    /** Blowfish. */
    BLOWFISH("Blowfish", new BlockShape(8, 4, 56, 1));

    private final String jdkName;

    @SuppressWarnings("ImmutableEnumChecker") // a record of numbers, which the checker does not see
    private final BlockShape shape;

    JdkBlockAlgorithm(String jdkName, BlockShape shape) {
        this.jdkName = jdkName;
        this.shape = shape;
    }

    @Override
    public BlockShape shape() {
        return shape;
    }

    @Override
    public BlockCipher create(KeyMaterial key) {
        return new JdkBlockCipher(jdkName, shape.blockBytes(), key);
    }
}
