package io.devicemapper.benchmarks.xts;

import io.devicemapper.targets.crypt.AesXts;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** An implementation of AES-256-XTS that is measured. */
interface XtsSubject {
    /** The name of the one that uses the Amazon Corretto Crypto Provider. */
    String ACCP = "accp";

    /** The name of the one that uses Bouncy Castle. */
    String BOUNCY_CASTLE = "bouncycastle";

    /** Encrypts from one buffer to another, from their begins on. */
    void encrypt(ByteBuffer source, ByteBuffer target, int length, int unitBytes, byte[] ivs)
            throws GeneralSecurityException;

    /** Decrypts in place, from the begin on. */
    void decrypt(ByteBuffer buffer, int length, int unitBytes, byte[] ivs) throws GeneralSecurityException;

    /** The names of those that work in this JVM, our own first. */
    static List<String> available() {
        List<String> names = new ArrayList<>(AesXts.engines());
        if (AccpXts.isAvailable()) {
            names.add(ACCP);
        }
        names.add(BOUNCY_CASTLE);
        return names;
    }

    /** The one of that name, with a key of 64 bytes. */
    static XtsSubject of(String name, byte[] key) throws GeneralSecurityException {
        return switch (name) {
            case ACCP -> new AccpXts(key);
            case BOUNCY_CASTLE -> new BouncyCastleXts(key);
            default -> new OwnXts(new AesXts(name, key));
        };
    }

    /** One of this project's engines. */
    record OwnXts(AesXts xts) implements XtsSubject {
        @Override
        public void encrypt(ByteBuffer source, ByteBuffer target, int length, int unitBytes, byte[] ivs) {
            xts.encrypt(source, 0, target, 0, length, unitBytes, ivs);
        }

        @Override
        public void decrypt(ByteBuffer buffer, int length, int unitBytes, byte[] ivs) {
            xts.decrypt(buffer, 0, buffer, 0, length, unitBytes, ivs);
        }
    }
}
