package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** AES-XTS on the data of IEEE 1619, annex B: the begin of each ciphertext, and back again. */
class XtsVectorsTest {
    private static final int UNIT_BYTES = 512;

    @Test
    void vector4OfTheStandard() {
        check(
                "2718281828459045235360287471352631415926535897932384626433832795",
                "00000000000000000000000000000000",
                "27a7479befa1d476489f308cd4cfa6e2a96e4bbe3208ff25287dd3819616e89c");
    }

    @Test
    void vector10OfTheStandard() {
        check(
                "2718281828459045235360287471352662497757247093699959574966967627"
                        + "3141592653589793238462643383279502884197169399375105820974944592",
                "ff000000000000000000000000000000",
                "1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b");
    }

    private static void check(String keyHex, String ivHex, String begin) {
        byte[] plaintext = new byte[UNIT_BYTES];
        for (int i = 0; i < UNIT_BYTES; i++) {
            plaintext[i] = (byte) i;
        }
        ByteBuffer buffer = ByteBuffer.wrap(plaintext.clone());
        byte[] iv = HexFormat.of().parseHex(ivHex);
        SectorCipher cipher = XtsCiphers.aes(KeyMaterial.owning(HexFormat.of().parseHex(keyHex)));
        cipher.encrypt(buffer, 0, buffer, 0, UNIT_BYTES, UNIT_BYTES, iv);
        assertEquals(begin, HexFormat.of().formatHex(buffer.array(), 0, begin.length() / 2));
        cipher.decrypt(buffer, 0, buffer, 0, UNIT_BYTES, UNIT_BYTES, iv);
        assertEquals(HexFormat.of().formatHex(plaintext), HexFormat.of().formatHex(buffer.array()));
        cipher.close();
    }
}
