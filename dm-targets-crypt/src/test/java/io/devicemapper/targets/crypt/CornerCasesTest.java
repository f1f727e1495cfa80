package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.testkit.SectorPattern;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where numbers wrap, keys have odd lengths, and lines are made to hurt. */
class CornerCasesTest {
    private static final String KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    private static final int SECTORS = 64;

    @TempDir
    private Path folder;

    private final DeviceMapper mapper = DeviceMapper.builder().build();

    @AfterEach
    void close() throws DmException {
        mapper.close();
    }

    private String refusal(String arguments) {
        String message = assertThrows(
                        DmException.class, () -> mapper.create("c", "0 " + SECTORS + " crypt " + arguments))
                .getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    private ByteBuffer ciphertext(String name, String cipher, String key) throws Exception {
        MappedDevice device =
                mapper.create(name, "0 " + SECTORS + " crypt " + cipher + " " + key + " 0 ram:" + name + "?size=32K 0");
        device.write(0, SectorPattern.golden().sectors(0, SECTORS, 'a'));
        mapper.remove(name);
        ByteBuffer raw = ByteBuffer.allocate(SECTORS * 512);
        mapper.create(name, "0 " + SECTORS + " linear ram:" + name + " 0").read(0, raw);
        return raw;
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "plain64", "plain64be", "benbi", "eboiv", "essiv:sha256"})
    void whereTheSectorNumberWrapsTheCutOfABioDoesNotMatter(String ivMode) throws Exception {
        String offset = Long.toUnsignedString(-24);
        MappedDevice device = mapper.create(
                "c",
                "0 " + SECTORS + " crypt aes-cbc-" + ivMode + " " + KEY + " " + offset
                        + " ram:disk?size=32K 0 2 sector_size:4096 iv_large_sectors");
        ByteBuffer content = SectorPattern.golden().sectors(0, SECTORS, 'a');
        device.write(0, content);
        for (int sector = 0; sector < SECTORS; sector += 8) {
            ByteBuffer unit = ByteBuffer.allocate(4096);
            device.read(sector, unit);
            assertEquals(content.slice(sector * 512, 4096), unit, "sector " + sector);
        }
    }

    /** As the kernel does it: the offset is encrypted as a unit of one block by the whole cipher, ESSIV included. */
    @Test
    void eboivOverEssivOverXts() throws Exception {
        String text = KEY + "00112233445566778899aabbccddeeff" + KEY + "ffeeddccbbaa99887766554433221100";
        byte[] key = HexFormat.of().parseHex(text);
        NaiveXts xts = new NaiveXts(key);
        Cipher essiv = Cipher.getInstance("AES/ECB/NoPadding");
        essiv.init(
                Cipher.ENCRYPT_MODE,
                new SecretKeySpec(MessageDigest.getInstance("SHA-256").digest(key), "AES"));
        ByteBuffer raw = ciphertext("a", "capi:essiv(xts(aes),sha256)-eboiv", text);
        for (int sector = 0; sector < SECTORS; sector++) {
            byte[] offset = ByteBuffer.allocate(16)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(sector * 512L)
                    .array();
            byte[] iv = essiv.doFinal(xts.encrypt(new byte[16], 16, essiv.doFinal(offset)));
            byte[] plaintext = SectorPattern.golden().sectors(sector, 1, 'a').array();
            assertEquals(
                    ByteBuffer.wrap(xts.encrypt(plaintext, 512, iv)), raw.slice(sector * 512, 512), "sector " + sector);
        }
    }

    @Test
    void theSeedOfLoopAesStandsBehindTheKeysAndNotAtTheEnd() throws Exception {
        StringBuilder key = new StringBuilder();
        for (int i = 0; i < 65; i++) {
            key.append(String.format("%032x", i * 0x0102030405L + 7));
        }
        assertEquals(
                ciphertext("a", "aes:64-cbc-lmk", key.toString()), ciphertext("b", "aes:64-cbc-lmk", key + "abcdef"));
    }

    @ParameterizedTest
    @CsvSource({
        "serpent-cbc-elephant, 40, 'Error decoding and setting key (argument 2 <key>: 40 bytes are no key for'",
        "blowfish:2-cbc-lmk, 15, 'Error decoding and setting key (argument 2 <key>: 15 bytes are no key for'",
        "'capi:adiantum(xchacha12,aes)-lmk', 2048, 'Error creating IV (argument 1 <cipher>'",
        "'capi:adiantum(xchacha12,aes)-tcw', 80, 'Error creating IV (argument 1 <cipher>'",
    })
    void whatCouldNotEncryptASingleSectorIsRefused(String cipher, int keyBytes, String reason) {
        String message = refusal(cipher + " " + "5a".repeat(keyBytes) + " 0 ram:disk?size=32K 0");
        assertTrue(message.startsWith("c: table line 1: crypt: " + reason), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cipher_null:1073741824-ecb", "cipher_null:2147483648-ecb", "cipher_null:1048576-ecb"})
    void moreKeysThanThereIsMemoryForAreRefused(String cipher) {
        String message = refusal(cipher + " - 0 ram:disk?size=32K 0");
        assertTrue(message.startsWith("c: table line 1: crypt: Bad cipher key count specification"), message);
    }

    @Test
    void anEndlessAlgorithmNameIsRefused() {
        String message =
                refusal("capi:" + "a(".repeat(20_000) + "b" + ")".repeat(20_000) + "-plain64 " + KEY + " 0 ram:disk 0");
        assertTrue(message.startsWith("c: table line 1: crypt: Error allocating crypto tfm"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {":" + KEY, ":32:" + KEY, ":32:" + KEY + KEY, ":32x:" + KEY, ":32:file" + KEY + ":/x"})
    void aKeyMistakenForAReferenceIsNotRepeated(String key) {
        String message = refusal("aes-xts-plain64 " + key + " 0 ram:disk?size=32K 0");
        assertFalse(message.contains(KEY), message);
    }

    @Test
    void aKeyInTheCiphersPlaceIsNotRepeated() {
        String message = refusal(KEY + " aes-xts-plain64 0 ram:disk?size=32K 0");
        assertTrue(message.contains("found '32 hexadecimal digits'"), message);
        assertFalse(message.contains(KEY), message);
    }

    @Test
    void aFileThatMayNotBeReadSaysSo() throws Exception {
        Path file = Files.write(folder.resolve("key"), new byte[32]);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        Assumptions.assumeFalse(Files.isReadable(file), "root may read all files");
        String message = refusal("aes-xts-plain64 :32:file:" + file + " 0 ram:disk?size=32K 0");
        assertTrue(message.contains(file + ": not allowed to read it"), message);
    }

    @Test
    void noBufferIsLostAmongManyThreads() {
        BounceBuffers buffers = new BounceBuffers();
        int before = pooled(buffers);
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(CompletableFuture.runAsync(() -> {
                for (int round = 0; round < 100_000; round++) {
                    BounceBuffer one = buffers.borrow(BounceBuffers.MAX_BYTES);
                    BounceBuffer other = buffers.borrow(BounceBuffers.MAX_BYTES);
                    buffers.giveBack(one);
                    buffers.giveBack(other);
                }
            }));
        }
        threads.forEach(CompletableFuture::join);
        assertEquals(before, pooled(buffers));
    }

    private static int pooled(BounceBuffers buffers) {
        List<BounceBuffer> lent = new ArrayList<>();
        for (BounceBuffer next = buffers.borrow(BounceBuffers.MAX_BYTES);
                next.pooled();
                next = buffers.borrow(BounceBuffers.MAX_BYTES)) {
            lent.add(next);
        }
        lent.forEach(buffers::giveBack);
        return lent.size();
    }
}
