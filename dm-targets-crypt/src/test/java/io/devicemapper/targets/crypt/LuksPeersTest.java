package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.testkit.PeerTool;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What QEMU and cryptsetup write is read through a crypt table with the volume key, and what is written so they read. cryptsetup moves data in
 * user space, without a kernel's help, only where it encrypts or decrypts a LUKS2 device that is not in use; LUKS1 that it formatted is filled by QEMU.
 */
class LuksPeersTest {
    private static final int SECTORS = 4096;
    private static final int MAX_TRIES = 50;
    private static final Pattern LUKS1_PAYLOAD = Pattern.compile("Payload offset:\\s*(\\d+)");
    private static final Pattern LUKS2_OFFSET = Pattern.compile("offset: (\\d+) \\[bytes\\]");
    private static final Pattern LUKS2_UNIT = Pattern.compile("sector: (\\d+) \\[bytes\\]");

    @TempDir
    private Path folder;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    /** A device of a peer, as a table line sees it. */
    private record Luks(Path file, long payloadSector, int unitBytes, Path volumeKey) {}

    @BeforeEach
    void writePassword() throws Exception {
        Files.writeString(folder.resolve("password"), "correct horse");
    }

    @Test
    void luks1OfQemu() throws Exception {
        PeerTool.Result created = create();
        // It measures its own speed first, and gives up where somebody else is busy on the machine.
        for (int i = 0; i < MAX_TRIES && created.output().contains("Unable to get accurate CPU usage"); i++) {
            created = create();
        }
        assertEquals(0, created.status(), created.output());
        exchangeWithQemu(luks1("disk.luks"));
    }

    private PeerTool.Result create() throws Exception {
        return PeerTool.tryRun(
                folder,
                "qemu-img",
                "create",
                "-q",
                "-f",
                "luks",
                "--object",
                "secret,id=s,file=password",
                "-o",
                "key-secret=s,cipher-alg=aes-256,cipher-mode=xts,ivgen-alg=plain64,iter-time=10",
                "disk.luks",
                Long.toString((long) SECTORS * Bio.SECTOR_SIZE));
    }

    @Test
    void luks1OfCryptsetup() throws Exception {
        Path file = folder.resolve("disk.luks");
        // The payload begins at sector 4096.
        Files.write(file, new byte[(4096 + SECTORS) * Bio.SECTOR_SIZE]);
        cryptsetup("luksFormat", "--type", "luks1", "--pbkdf-force-iterations", "1000", "disk.luks");
        exchangeWithQemu(luks1("disk.luks"));
    }

    private Luks luks1(String name) throws Exception {
        long payload = number(LUKS1_PAYLOAD, PeerTool.run(folder, "cryptsetup", "luksDump", name));
        return new Luks(folder.resolve(name), payload, 512, volumeKey(name));
    }

    private void exchangeWithQemu(Luks luks) throws Exception {
        byte[] theirs = randomBytes();
        Files.write(folder.resolve("theirs"), theirs);
        String image = "driver=luks,key-secret=s,file.filename=disk.luks";
        String secret = "secret,id=s,file=password";
        PeerTool.run(
                folder,
                "qemu-img",
                "convert",
                "-n",
                "-f",
                "raw",
                "--object",
                secret,
                "--target-image-opts",
                "theirs",
                image);
        byte[] ours = randomBytes();
        readAndReplace(luks, theirs, ours);
        PeerTool.run(
                folder, "qemu-img", "convert", "--object", secret, "--image-opts", image, "-O", "raw", "read-back");
        assertArrayEquals(ours, Files.readAllBytes(folder.resolve("read-back")), "seed " + seed);
    }

    @Test
    void luks2OfCryptsetupWithUnitsOf4096Bytes() throws Exception {
        // What cryptsetup takes off for its header at the front, it moves data by; the last 32 MiB are no data.
        int spareBytes = 32 << 20;
        byte[] theirs = randomBytes();
        Files.write(folder.resolve("disk.luks"), Arrays.copyOf(theirs, theirs.length + spareBytes));
        encrypt("--sector-size", "4096", "--reduce-device-size", "32M", "disk.luks");
        Luks luks = luks2("disk.luks", "disk.luks");
        assertEquals(4096, luks.unitBytes);
        readAndReplace(luks, theirs, theirs);
    }

    @Test
    void luks2OfCryptsetupWithItsHeaderApart() throws Exception {
        byte[] theirs = randomBytes();
        Path disk = Files.write(folder.resolve("disk.luks"), theirs);
        encrypt("--sector-size", "512", "--header", "header", "disk.luks");
        byte[] ours = randomBytes();
        readAndReplace(luks2("disk.luks", "header"), theirs, ours);
        cryptsetup("reencrypt", "--decrypt", "--force-offline-reencrypt", "--header", "header", "disk.luks");
        assertArrayEquals(ours, Files.readAllBytes(disk), "seed " + seed);
    }

    /** What we write into units of 4096 bytes cryptsetup decrypts. */
    @Test
    void luks2OfCryptsetupWithUnitsOf4096BytesAndItsHeaderApart() throws Exception {
        Path disk = Files.write(folder.resolve("disk.luks"), randomBytes());
        cryptsetup(
                "luksFormat",
                "--type",
                "luks2",
                "--pbkdf",
                "pbkdf2",
                "--pbkdf-force-iterations",
                "1000",
                "--sector-size",
                "4096",
                "--header",
                "header",
                "disk.luks");
        Luks luks = luks2("disk.luks", "header");
        assertEquals(4096, luks.unitBytes);
        byte[] ours = randomBytes();
        replace(luks, ours);
        cryptsetup("reencrypt", "--decrypt", "--force-offline-reencrypt", "--header", "header", "disk.luks");
        assertArrayEquals(ours, Files.readAllBytes(disk), "seed " + seed);
    }

    private void encrypt(String... arguments) throws Exception {
        String[] all = {
            "reencrypt",
            "--encrypt",
            "--type",
            "luks2",
            "--force-offline-reencrypt",
            "--pbkdf",
            "pbkdf2",
            "--pbkdf-force-iterations",
            "1000"
        };
        String[] command = Arrays.copyOf(all, all.length + arguments.length);
        System.arraycopy(arguments, 0, command, all.length, arguments.length);
        cryptsetup(command);
    }

    private Luks luks2(String data, String header) throws Exception {
        String dump = PeerTool.run(folder, "cryptsetup", "luksDump", header);
        assertTrue(dump.contains("cipher: aes-xts-plain64"), dump);
        return new Luks(
                folder.resolve(data),
                number(LUKS2_OFFSET, dump) / Bio.SECTOR_SIZE,
                (int) number(LUKS2_UNIT, dump),
                volumeKey(header));
    }

    private static long number(Pattern pattern, String dump) {
        Matcher matcher = pattern.matcher(dump);
        assertTrue(matcher.find(), dump);
        return Long.parseLong(matcher.group(1));
    }

    private Path volumeKey(String header) throws Exception {
        Path key = folder.resolve("volume-key");
        cryptsetup("luksDump", "--dump-volume-key", "--volume-key-file", key.toString(), header);
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        return key;
    }

    private void cryptsetup(String... arguments) throws Exception {
        String[] usual = {"--batch-mode", "--key-file", "password"};
        String[] command = Arrays.copyOf(usual, usual.length + arguments.length);
        System.arraycopy(arguments, 0, command, usual.length, arguments.length);
        PeerTool.run(folder, "cryptsetup", command);
    }

    /** Reads all through a crypt table with the volume key from its file, and writes something else. */
    private void readAndReplace(Luks luks, byte[] expected, byte[] replacement) throws Exception {
        try (DeviceMapper mapper = DeviceMapper.builder().build()) {
            ByteBuffer found = ByteBuffer.allocate(SECTORS * Bio.SECTOR_SIZE);
            mapper.create("raw", table(luks)).read(0, found);
            assertArrayEquals(expected, found.array(), "seed " + seed);
        }
        replace(luks, replacement);
    }

    private static void replace(Luks luks, byte[] replacement) throws Exception {
        try (DeviceMapper mapper = DeviceMapper.builder().build()) {
            MappedDevice device = mapper.create("raw", table(luks));
            device.write(0, ByteBuffer.wrap(replacement));
            device.flush();
        }
    }

    private static String table(Luks luks) {
        return "0 " + SECTORS + " crypt aes-xts-plain64 :64:file:" + luks.volumeKey + " 0 " + luks.file + " "
                + luks.payloadSector + (luks.unitBytes == 512 ? "" : " 1 sector_size:" + luks.unitBytes);
    }

    private byte[] randomBytes() {
        byte[] bytes = new byte[SECTORS * Bio.SECTOR_SIZE];
        random.nextBytes(bytes);
        return bytes;
    }
}
