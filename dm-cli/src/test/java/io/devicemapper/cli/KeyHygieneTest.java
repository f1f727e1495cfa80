package io.devicemapper.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which copies of a key the daemon's heap holds: while it is in use, after it was wiped, and after the device was removed. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KeyHygieneTest {
    private static final int KEY_BYTES = 64;
    private static final int HALF = KEY_BYTES / 2;

    /** A thread that has just answered can hold on to what it answered for a moment. */
    private static final int MAX_DUMPS = 20;

    /** Four for each thread that encrypts: for encryption and decryption, the key as it was given, and in the round keys. */
    private static final int MAX_COPIES_OF_A_HALF =
            4 * Math.max(2, Runtime.getRuntime().availableProcessors());

    private Path folder;
    private Process daemon;
    private final byte[] key = new byte[KEY_BYTES];

    @BeforeEach
    void serve() throws IOException {
        new Random().nextBytes(key);
        folder = DaemonBed.makeFolder();
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of(
                // As ./dm does. G1 leaves dead objects where they are in regions that are nearly full, and a dump shows
                // them.
                "-XX:+UseParallelGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                Dm.class.getName(),
                "serve",
                "--home",
                home().toString(),
                "--listen",
                "unix:" + socket()));
        daemon = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out = daemon.inputReader(UTF_8);
        for (String line = out.readLine(); !line.startsWith("ready"); line = out.readLine()) {
            // The greeting.
        }
    }

    @AfterEach
    void stop() throws Exception {
        daemon.destroyForcibly().waitFor();
        DaemonBed.deleteFolder(folder);
    }

    private Path home() {
        return folder.resolve("home");
    }

    private Path socket() {
        return folder.resolve("s");
    }

    private String command(String... args) {
        DaemonBed.Result result = DaemonBed.run(Map.of("DM_HOME", home().toString()), folder, "", args);
        assertEquals(new DaemonBed.Result(0, result.output(), ""), result);
        return result.output();
    }

    private String digits() {
        return HexFormat.of().formatHex(key);
    }

    private void createAndUse() throws Exception {
        command("create", "secret", "--table", "0 2048 crypt aes-xts-plain64 " + digits() + " 0 ram:disk?size=1M 0");
        try (DeviceMapper client = DeviceMapper.builder().build()) {
            MappedDevice device = client.create("client", "0 2048 linear nbd+unix:///secret?socket=" + socket() + " 0");
            ByteBuffer data = ByteBuffer.allocate(1 << 20);
            device.write(0, data);
            device.read(0, data);
            assertEquals(ByteBuffer.allocate(1 << 20), data);
        }
    }

    /** Takes dumps until there is one without any trace of the key. */
    private void assertGone(String when) throws Exception {
        String traces = "";
        for (int i = 0; i < MAX_DUMPS; i++) {
            traces = traces(HeapDump.of(daemon, folder));
            if (traces.isEmpty()) {
                return;
            }
        }
        throw new AssertionError(when + ": " + traces);
    }

    /** What a dump has of the key: of 16 bytes that follow each other anywhere at a multiple of 16. */
    private String traces(HeapDump dump) {
        StringBuilder traces = new StringBuilder();
        for (int at = 0; at < KEY_BYTES; at += 16) {
            byte[] part = Arrays.copyOfRange(key, at, at + 16);
            int bytes = dump.count(part) + dump.countSwapped(part, Integer.BYTES) + dump.countSwapped(part, Long.BYTES);
            int digits = dump.countDigits(part);
            if (bytes + digits > 0) {
                traces.append("bytes ").append(at).append("-").append(at + 15).append(": ");
                traces.append(bytes).append(" times, as digits ").append(digits).append(" times; ");
            }
        }
        return traces.toString();
    }

    @Test
    void whileInUseOnlyTheHolderHasTheWholeKeyAndNobodyItsDigits() throws Exception {
        createAndUse();
        HeapDump dump = HeapDump.of(daemon, folder);
        for (int i = 1; i < MAX_DUMPS && dump.countDigits(key) + dump.count(key) != 1; i++) {
            dump = HeapDump.of(daemon, folder);
        }
        assertEquals(0, dump.countDigits(Arrays.copyOf(key, HALF)), "digits of the first half");
        assertEquals(0, dump.countDigits(Arrays.copyOfRange(key, HALF, KEY_BYTES)), "digits of the second half");
        assertEquals(1, dump.count(key), "the whole key");
        int first = dump.count(Arrays.copyOf(key, HALF)) - 1;
        int second = dump.count(Arrays.copyOfRange(key, HALF, KEY_BYTES)) - 1;
        System.out.println("beside the holder, the heap has the data key " + first + " times and the tweak key "
                + second + " times");
        assertTrue(first <= MAX_COPIES_OF_A_HALF, () -> "the data key in the JDK's ciphers: " + first + " times");
        assertTrue(second <= MAX_COPIES_OF_A_HALF, () -> "the tweak key in the JDK's ciphers: " + second + " times");
    }

    @Test
    void afterAWipeNothingIsLeft() throws Exception {
        createAndUse();
        command("suspend", "secret");
        command("message", "secret", "0", "key", "wipe");
        assertGone("after key wipe");
        assertFalse(command("table", "--showkeys", "secret").contains(digits()));
        command("message", "secret", "0", "key", "set", digits());
        command("resume", "secret");
        assertTrue(command("table", "--showkeys", "secret").contains(digits()));
        command("remove", "secret");
        assertGone("after remove");
    }
}
