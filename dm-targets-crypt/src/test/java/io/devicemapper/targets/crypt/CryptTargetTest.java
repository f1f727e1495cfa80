package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.testkit.SectorPattern;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel's records do not show: ciphers that they have no ciphertext of, refusals of our own, messages, limits. */
class CryptTargetTest {
    private static final String KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    private static final int SECTORS = 64;

    private final DeviceMapper mapper = DeviceMapper.builder().build();

    @AfterEach
    void close() throws DmException {
        mapper.close();
    }

    private MappedDevice create(String cipher, String key, String rest) throws DmException {
        return mapper.create("c", "0 " + SECTORS + " crypt " + cipher + " " + key + " 0 ram:disk?size=64K 0" + rest);
    }

    private String refusal(String cipher, String key, String rest) {
        String message =
                assertThrows(DmException.class, () -> create(cipher, key, rest)).getMessage();
        assertFalse(message.contains(KEY), message);
        return message;
    }

    @ParameterizedTest
    @CsvSource({
        "aes-xts-eboiv, 2",
        "aes-ctr-benbi, 2",
        "aes-lrw-benbi, 2",
        "capi:xts(aes), 2",
        "capi:cbc(aes), 1",
        "camellia-lrw-plain64, 2",
        "cast5-cbc-plain64, 1",
        "blowfish-cbc-tcw, 3",
        "twofish:2-xts-plain64, 4",
        "'xchacha20,twofish-adiantum-plain64', 2",
        "'capi:adiantum(xchacha20,aes,nhpoly1305)-plain64', 2",
        "aes-cbc-essiv:sha3-256, 2",
        "'capi:cbc(aes)-lmk', 64",
    })
    void whatIsWrittenIsReadAndStandsBelowAsSomethingElse(String cipher, int keys) throws Exception {
        MappedDevice device = create(cipher, KEY.repeat(keys), "");
        MappedDevice below = mapper.create("below", "0 " + SECTORS + " crypt cipher_null-ecb - 0 ram:other?size=64K 0");
        ByteBuffer content = SectorPattern.golden().sectors(0, SECTORS, 'a');
        device.write(0, content);
        ByteBuffer found = ByteBuffer.allocate(content.capacity());
        device.read(0, found);
        assertEquals(content, found);
        mapper.remove("c");
        MappedDevice raw = mapper.create("raw", "0 " + SECTORS + " crypt cipher_null-ecb - 0 ram:disk 0");
        raw.read(0, found);
        assertFalse(content.equals(found));
        below.write(0, content);
        below.read(0, found);
        assertEquals(content, found, "cipher_null changes nothing");
    }

    @ParameterizedTest
    @CsvSource({
        "capi:gcm(aes)-random, 'Error allocating crypto tfm (argument 1 <cipher>: expected a known cipher'",
        "aes-cbc-random, 'Integrity profile not supported. (authenticated encryption and random IVs need an'",
        "blowfish-xts-plain64, 'Error allocating crypto tfm'",
        "aes-xts-tcw, 'Error decoding and setting key (argument 2 <key>: 32 bytes are no key for aes-xts-tcw)'",
        "aes-ctr-eboiv, 'Error creating IV (argument 1 <cipher>: expected another IV mode; Block size of EBOIV'",
        "xts(aes)-plain64, 'Bad cipher specification'",
        "'capi:essiv(cbc(aes),nosuch)-plain64', 'Error allocating crypto tfm'",
    })
    void aRefusalSaysWhy(String cipher, String reason) {
        String message = refusal(cipher, KEY.repeat(2), "");
        assertTrue(message.startsWith("c: table line 1: crypt: " + reason), message);
        assertEquals(1, message.lines().count());
    }

    @ParameterizedTest
    @CsvSource({
        "integrity:28:none, Integrity profile not supported.",
        "integrity:0:aead, Invalid integrity arguments",
        "integrity:481:none, Invalid integrity arguments",
        "integrity:28:what, Unknown integrity profile",
        "integrity_key_size:0, Invalid integrity_key_size argument",
        "nosuch, 'Invalid feature arguments (argument 7 <opt_param>: expected sector_size:<bytes> or one of allow_discards,'",
    })
    void anOptionIsRefusedWithItsReason(String option, String reason) {
        String message = refusal("aes-xts-plain64", KEY.repeat(2), " 1 " + option);
        assertTrue(message.startsWith("c: table line 1: crypt: " + reason), message);
    }

    @Test
    void aBadKeyMakesNoFileAndNoRamDisk() throws Exception {
        assertTrue(refusal("aes-xts-plain64", KEY.repeat(2).replace('f', 'g'), "")
                .startsWith("c: table line 1: crypt: Error decoding and setting key (argument 2 <key>: expected"));
        String unknown = assertThrows(DmException.class, () -> mapper.create("r", "0 8 linear ram:disk 0"))
                .getMessage();
        assertTrue(unknown.contains("size"), unknown);
    }

    @Test
    void unitsAreTheLogicalBlocks() throws Exception {
        MappedDevice device = create("aes-xts-plain64", KEY.repeat(2), " 1 sector_size:2048");
        assertEquals(2048, device.limits().logicalBlockSize());
        assertEquals(2048, device.limits().physicalBlockSize());
        assertEquals(2048, device.limits().ioMin());
        assertEquals(BioStatus.IO, submit(device, BioOp.READ, 2, 4));
        assertEquals(BioStatus.OK, submit(device, BioOp.READ, 4, 4));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void discardsGoDownOnlyWhereTheyAreAllowed(boolean allowed) throws Exception {
        MappedDevice device = create("aes-xts-plain64", KEY.repeat(2), allowed ? " 1 allow_discards" : "");
        assertEquals(allowed ? BioStatus.OK : BioStatus.UNSUPPORTED, submit(device, BioOp.DISCARD, 0, 8));
        assertEquals(BioStatus.UNSUPPORTED, submit(device, BioOp.WRITE_ZEROES, 0, 8));
    }

    private static BioStatus submit(MappedDevice device, BioOp op, long sector, int sectors) {
        List<BioStatus> ended = new ArrayList<>();
        ByteBuffer payload = op.hasPayload() ? ByteBuffer.allocate(sectors * Bio.SECTOR_SIZE) : null;
        device.submit(Bio.of(op, BioFlags.NONE, sector, sectors, payload, (bio, status) -> ended.add(status)));
        assertEquals(1, ended.size());
        return ended.get(0);
    }

    @Test
    void aKeyThatCannotBeSetLeavesTheOldOne() throws Exception {
        create("aes-xts-plain64", KEY.repeat(2), "");
        mapper.suspend("c");
        DmException refusal = assertThrows(
                DmException.class,
                () -> mapper.message("c", 0, "key set " + KEY.repeat(2).replace('f', 'g')));
        assertTrue(
                refusal.getMessage().contains("(argument 3 <key>: expected hexadecimal digits alone)"),
                refusal.getMessage());
        refusal = assertThrows(DmException.class, () -> mapper.message("c", 0, "key set " + KEY));
        assertTrue(refusal.getMessage().contains("expected a key of 32 bytes, found 16"), refusal.getMessage());
        mapper.resume("c");
    }

    @Test
    void theEngineIsNamedOnDemand() throws Exception {
        create("aes-xts-plain64", KEY.repeat(2), "");
        assertEquals("AES-XTS, engine " + XtsEngines.chosen().name(), mapper.message("c", 0, "engine"));
        mapper.suspend("c");
        mapper.message("c", 0, "key wipe");
        assertEquals("no key", mapper.message("c", 0, "engine"));
    }

    @Test
    void withoutBouncyCastleItsCiphersAreNotThere() throws Exception {
        assertTrue(BouncyCastle.isPresent());
        try (URLClassLoader empty = new URLClassLoader(new URL[0], ClassLoader.getPlatformClassLoader())) {
            assertFalse(BouncyCastle.isPresent(empty));
        }
    }

    @Test
    void keyMaterialPrintsNothingOfItself() {
        KeyMaterial key = KeyMaterial.owning(new byte[] {0x41, 0x42});
        assertEquals("KeyMaterial[2 bytes]", key.toString());
        KeyMaterial part = key.slice(1, 1);
        key.wipe();
        assertEquals(0, part.getEncoded()[0]);
    }
}
