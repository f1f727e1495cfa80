package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.TargetView;
import io.devicemapper.key.KeyProvider;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that a table names, and where they come from. */
class KeyProvidersTest {
    private static final byte[] KEY = new byte[64];

    static {
        for (int i = 0; i < KEY.length; i++) {
            KEY[i] = (byte) (i * 37 + 11);
        }
    }

    @TempDir
    private Path folder;

    private Path secretFile(String name, byte[] content, String mode) throws IOException {
        Path file = Files.write(folder.resolve(name), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private static void assertRefused(String expected, KeyProvider provider, String description) {
        IOException refusal = assertThrows(IOException.class, () -> provider.key(description, KEY.length));
        assertTrue(refusal.getMessage().contains(expected), refusal.getMessage());
        assertFalse(refusal.getMessage().contains(HexFormat.of().formatHex(KEY)), refusal.getMessage());
    }

    @Test
    void aFileIsReadIfItIsItsOwnersAlone() throws Exception {
        FileKeyProvider provider = new FileKeyProvider();
        Path file = secretFile("key", KEY, "rw-------");
        assertArrayEquals(KEY, provider.key(file.toString(), KEY.length));
        assertRefused("no such file", provider, folder.resolve("none").toString());
        assertRefused("not a regular file", provider, folder.toString());
        assertRefused("absolute path", provider, "key");
        assertRefused(
                "expected a key of 64 bytes, found 63",
                provider,
                secretFile("short", new byte[63], "r--------").toString());
        for (String mode :
                new String[] {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rw------x", "rw---x---"}) {
            String open = secretFile("open" + mode, KEY, mode).toString();
            assertRefused("mode " + mode, provider, open);
        }
    }

    @Test
    void anEnvironmentVariableHoldsDigits() throws Exception {
        String digits = HexFormat.of().formatHex(KEY);
        EnvironmentKeyProvider provider = new EnvironmentKeyProvider(name -> switch (name) {
            case "GOOD" -> digits;
            case "SHORT" -> digits.substring(2);
            case "WRONG" -> "x" + digits.substring(1);
            default -> null;
        });
        assertArrayEquals(KEY, provider.key("GOOD", KEY.length));
        assertRefused("not set", provider, "OTHER");
        assertRefused("found 126 characters", provider, "SHORT");
        assertRefused("hexadecimal digits alone", provider, "WRONG");
    }

    @Test
    void aKeyStoreHoldsSecretKeys() throws Exception {
        char[] password = "open sesame".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setEntry(
                "vol0",
                new KeyStore.SecretKeyEntry(new SecretKeySpec(KEY, "AES")),
                new KeyStore.PasswordProtection(password));
        Path file = folder.resolve("keys.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, password);
        }
        KeyStoreKeyProvider provider = new KeyStoreKeyProvider();
        assertRefused("no such file", provider, "vol0@" + file);
        secretFile("keys.p12.password", "open sesame\n".getBytes(StandardCharsets.UTF_8), "rw-------");
        assertArrayEquals(KEY, provider.key("vol0@" + file, KEY.length));
        assertRefused("no secret key 'vol1'", provider, "vol1@" + file);
        assertRefused("ALIAS@PATH", provider, file.toString());
        secretFile("keys.p12.password", "wrong".getBytes(StandardCharsets.UTF_8), "rw-------");
        assertRefused("password", provider, "vol0@" + file);
        IOException otherLength = assertThrows(IOException.class, () -> {
            secretFile("keys.p12.password", "open sesame".getBytes(StandardCharsets.UTF_8), "rw-------");
            provider.key("vol0@" + file, 32);
        });
        assertTrue(otherLength.getMessage().endsWith("expected a key of 32 bytes, found 64"), otherLength.getMessage());
    }

    /** A provider that breaks the rule that no message has anything of a key. */
    private record Talkative(Supplier<Exception> thrown) implements KeyProvider {
        @Override
        public String type() {
            return "vault";
        }

        @Override
        public byte[] key(String description, int bytes) throws IOException {
            Exception e = thrown.get();
            if (e instanceof IOException io) {
                throw io;
            }
            throw (RuntimeException) e;
        }
    }

    @Test
    void whatAThirdPartyThrowsIsNotRepeated() throws Exception {
        String digits = HexFormat.of().formatHex(KEY);
        List<Supplier<Exception>> all =
                List.of(() -> new IOException("bad " + digits), () -> new IllegalStateException("bad " + digits));
        for (Supplier<Exception> thrown : all) {
            KeyProvider provider = new Talkative(thrown);
            TargetException refusal;
            try (KeyArgument argument = KeyArgument.next(TargetArgs.of(":64:vault:vol0"))) {
                refusal = assertThrows(TargetException.class, () -> argument.decode(List.of(provider)));
            }
            assertEquals(
                    "Error decoding and setting key (argument 1 <key>: key provider 'vault' failed with "
                            + thrown.get().getClass().getName() + ")",
                    refusal.getMessage());
            assertNull(refusal.getCause(), "would be logged with its message");
        }
    }

    @Test
    void aProviderOfTheFirstLevelNeedNotSaySo() {
        assertEquals(1, new Talkative(IOException::new).apiLevel());
        assertEquals(DmApi.LEVEL, new FileKeyProvider().apiLevel());
    }

    @Test
    void aTableNamesItsKeyAndPrintsTheName() throws Exception {
        Path file = secretFile("with blank", KEY, "rw-------");
        String name = ":64:file:" + file.toString().replace(" ", "\\ ");
        String arguments = "aes-xts-plain64 " + name + " 0 ram:named?size=64K 0";
        try (DeviceMapper mapper = DeviceMapper.builder().build()) {
            MappedDevice device = mapper.create("named", "0 64 crypt " + arguments);
            TargetView target = device.liveTable().orElseThrow().targets().get(0);
            assertEquals(arguments, target.status(StatusType.TABLE));
            assertEquals(arguments, target.tableWithKeys());
            mapper.suspend("named");
            mapper.message("named", 0, "key wipe");
            assertEquals("0".repeat(128), target.tableWithKeys().split(" ", -1)[1]);
            mapper.message("named", 0, "key set " + name);
            mapper.resume("named");
            assertEquals(arguments, target.tableWithKeys());
        }
    }

    @Test
    void whatCannotBeFetchedIsRefused() throws Exception {
        Path file = secretFile("key", KEY, "rw-r--r--");
        try (DeviceMapper mapper = DeviceMapper.builder().build()) {
            for (String[] refused : new String[][] {
                {":64:logon:a:b", "no key provider of type 'logon'; known: env, file, keystore)"},
                {":64:file:" + file, "others than its owner may use it (mode rw-r--r--); expected rw------- or less)"},
                {":32:file", "expected :<bytes>:<type>:<description>, found ':32:file')"},
                {":x:file:a", "Cannot parse key size (argument 2 <key>: expected :<bytes>:<type>:<description>"},
                {":31:file:a", "31 bytes are no key for aes-xts-plain64"},
            }) {
                DmException refusal = assertThrows(
                        DmException.class,
                        () -> mapper.create(
                                "refused", "0 8 crypt aes-xts-plain64 " + refused[0] + " 0 ram:r?size=4K 0"));
                assertTrue(refusal.getMessage().contains(refused[1]), refusal.getMessage());
            }
        }
    }
}
