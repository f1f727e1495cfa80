package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each engine of AES-XTS that works in this JVM, against published data and against {@link NaiveXts}. */
class XtsEnginesTest {
    private static final List<Integer> UNIT_BYTES = List.of(512, 1024, 1536, 2048, 4096);
    private static final int GUARD_BYTES = 7;
    private static final byte GUARD = 0x5a;

    static List<String> engines() {
        return XtsEngines.available().stream().map(XtsPasses::name).toList();
    }

    @Test
    void plainJavaIsAlwaysThere() {
        assertTrue(engines().contains("java"), () -> "there is " + engines());
    }

    @Test
    void anUnknownEngineIsRefusedWithThoseThatThereAre() {
        var refused = assertThrows(IllegalArgumentException.class, () -> XtsEngines.named("quantum"));
        assertTrue(refused.getMessage().contains("quantum"), refused::getMessage);
        assertTrue(refused.getMessage().contains(String.join(", ", engines())), refused::getMessage);
    }

    /**
     * The first three: IEEE 1619-2007, annex B, vectors 1 to 3. The last two: the first vector each of NIST's XTSGenAES128 and 256. They
     * are shorter than a unit; a block of XTS does not depend on what comes after it, so they are the begin of one.
     */
    @ParameterizedTest
    @CsvSource({
        "0000000000000000000000000000000000000000000000000000000000000000, 00000000000000000000000000000000,"
                + " 0000000000000000000000000000000000000000000000000000000000000000,"
                + " 917cf69ebd68b2ec9b9fe9a3eadda692cd43d2f59598ed858c02c2652fbf922e",
        "1111111111111111111111111111111122222222222222222222222222222222, 33333333330000000000000000000000,"
                + " 4444444444444444444444444444444444444444444444444444444444444444,"
                + " c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0",
        "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f022222222222222222222222222222222, 33333333330000000000000000000000,"
                + " 4444444444444444444444444444444444444444444444444444444444444444,"
                + " af85336b597afc1a900b2eb21ec949d292df4c047e0b21532186a5971a227a89",
        "a1b90cba3f06ac353b2c343876081762090923026e91771815f29dab01932f2f, 4faef7117cda59c66e4b92013e768ad5,"
                + " ebabce95b14d3c8d6fb350390790311c, 778ae8b43cb98d5a825081d5be471c63",
        "1ea661c58d943a0e4801e42f4b0947149e7f9f8e3e68d0c7505210bd311a0e7cd6e13ffdf2418d8d1911c004cda58da3d619b7e2b9141e58318eea392cf41b08,"
                + " adf8d92627464ad2f0428e84a9f87564,"
                + " 2eedea52cd8215e1acc647e810bbc3642e87287f8d2e57e36c0a24fbc12a202e,"
                + " cbaad0e2f6cea3f50b37f934d46a9b130b9d54f07e34f36af793e86f73c6d7db",
    })
    void publishedVectors(String key, String iv, String plaintext, String ciphertext) {
        byte[] unit = Arrays.copyOf(hex(plaintext), 512);
        assertEquals(ciphertext, begin(new NaiveXts(hex(key)).encrypt(unit, 512, hex(iv)), ciphertext));
        for (String engine : engines()) {
            try (SectorCipher cipher = cipher(engine, hex(key))) {
                ByteBuffer buffer = ByteBuffer.wrap(unit.clone());
                cipher.encrypt(buffer, 0, buffer, 0, 512, 512, hex(iv));
                assertEquals(ciphertext, begin(buffer.array(), ciphertext), engine);
                cipher.decrypt(buffer, 0, buffer, 0, 512, 512, hex(iv));
                assertArrayEquals(unit, buffer.array(), engine);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void equalsTheNaiveImplementation(String engine) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int keyBytes : List.of(32, 48, 64)) {
            byte[] key = randomBytes(random, keyBytes);
            NaiveXts naive = new NaiveXts(key);
            try (SectorCipher cipher = cipher(engine, key)) {
                for (int unitBytes : UNIT_BYTES) {
                    int chunk = AesXtsCipher.CHUNK_BYTES / unitBytes;
                    for (int units : new TreeSet<>(List.of(1, 3, chunk + 1, 2 * chunk + random.nextInt(chunk)))) {
                        byte[] ivs = randomBytes(random, (units + random.nextInt(2)) * SectorCipher.IV_BYTES);
                        byte[] plaintext = randomBytes(random, units * unitBytes);
                        byte[] ciphertext = naive.encrypt(plaintext, unitBytes, ivs);
                        String what = engine + ", " + units + " units of " + unitBytes + ", key of " + keyBytes
                                + " bytes, seed " + seed;
                        check(cipher, random, true, plaintext, ciphertext, unitBytes, ivs, "encrypt " + what);
                        check(cipher, random, false, ciphertext, plaintext, unitBytes, ivs, "decrypt " + what);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void moreUnitsThanHaveTheirIvsEncryptedAtOnce(String engine) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] key = randomBytes(random, 64);
        try (SectorCipher cipher = cipher(engine, key)) {
            for (int unitBytes : List.of(512, 1536)) {
                int units = 2 * XtsTweaks.MAX_UNITS + 1 + random.nextInt(20);
                byte[] ivs = randomBytes(random, units * SectorCipher.IV_BYTES);
                byte[] plaintext = randomBytes(random, units * unitBytes);
                byte[] ciphertext = new NaiveXts(key).encrypt(plaintext, unitBytes, ivs);
                String what = engine + ", " + units + " units of " + unitBytes + " bytes, seed " + seed;
                check(cipher, random, true, plaintext, ciphertext, unitBytes, ivs, "encrypt " + what);
                check(cipher, random, false, ciphertext, plaintext, unitBytes, ivs, "decrypt " + what);
            }
        }
    }

    @Test
    void theNaiveImplementationDecryptsWhatItEncrypted() {
        Random random = new Random(1);
        byte[] ivs = randomBytes(random, 2 * SectorCipher.IV_BYTES);
        byte[] plaintext = randomBytes(random, 1024);
        NaiveXts naive = new NaiveXts(randomBytes(random, 64));
        assertArrayEquals(plaintext, naive.decrypt(naive.encrypt(plaintext, 512, ivs), 512, ivs));
    }

    @ParameterizedTest
    @MethodSource("engines")
    void manyThreadsAtOnce(String engine) throws Exception {
        int threads = 8;
        long seed = new Random().nextLong();
        byte[] key = randomBytes(new Random(seed), 64);
        NaiveXts naive = new NaiveXts(key);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try (SectorCipher cipher = cipher(engine, key)) {
            List<Future<?>> results = IntStream.range(0, threads)
                    .<Future<?>>mapToObj(thread -> executor.submit(() -> {
                        Random random = new Random(seed + thread);
                        byte[] ivs = randomBytes(random, 16 * SectorCipher.IV_BYTES);
                        byte[] plaintext = randomBytes(random, 16 * 512);
                        byte[] ciphertext = naive.encrypt(plaintext, 512, ivs);
                        for (int i = 0; i < 50; i++) {
                            String what = engine + ", thread " + thread + ", seed " + seed;
                            check(cipher, random, true, plaintext, ciphertext, 512, ivs, what);
                            check(cipher, random, false, ciphertext, plaintext, 512, ivs, what);
                        }
                    }))
                    .toList();
            for (Future<?> result : results) {
                result.get();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void badLengthsAndPositionsAreRefusedBeforeAnythingIsWritten(String engine) {
        byte[] behind = new byte[4096];
        ByteBuffer slice = ByteBuffer.wrap(behind).slice(512, 1024);
        try (SectorCipher cipher = cipher(engine, new byte[64])) {
            byte[] ivs = new byte[128];
            for (int unitBytes : List.of(0, 16, 511, 768, 8192)) {
                assertThrows(
                        IllegalArgumentException.class, () -> cipher.encrypt(slice, 0, slice, 0, 512, unitBytes, ivs));
            }
            assertThrows(IllegalArgumentException.class, () -> cipher.encrypt(slice, 0, slice, 0, 513, 512, ivs));
            assertThrows(IndexOutOfBoundsException.class, () -> cipher.encrypt(slice, 512, slice, 0, 1024, 512, ivs));
            assertThrows(IndexOutOfBoundsException.class, () -> cipher.decrypt(slice, 0, slice, 1, 1024, 512, ivs));
            assertThrows(IndexOutOfBoundsException.class, () -> cipher.encrypt(slice, -1, slice, 0, 512, 512, ivs));
        }
        assertArrayEquals(new byte[4096], behind);
    }

    /** Between two buffers of random kinds at odd positions, and in one; with nothing written beside the target. */
    private static void check(
            SectorCipher cipher,
            Random random,
            boolean encrypts,
            byte[] input,
            byte[] expected,
            int unitBytes,
            byte[] ivs,
            String what) {
        ByteBuffer source = buffer(random, input, random.nextInt(3));
        ByteBuffer readOnly = random.nextBoolean() ? source.asReadOnlyBuffer() : source;
        ByteBuffer target = buffer(random, new byte[input.length], random.nextInt(3));
        crypt(cipher, encrypts, readOnly, target, input.length, unitBytes, ivs);
        assertArrayEquals(guarded(input), content(source), what + ": the source changed");
        assertArrayEquals(guarded(expected), content(target), what + ", " + source + " to " + target);
        crypt(cipher, encrypts, source, source, input.length, unitBytes, ivs);
        assertArrayEquals(guarded(expected), content(source), what + ", in place in " + source);
    }

    private static void crypt(
            SectorCipher cipher,
            boolean encrypts,
            ByteBuffer source,
            ByteBuffer target,
            int length,
            int unitBytes,
            byte[] ivs) {
        if (encrypts) {
            cipher.encrypt(source, GUARD_BYTES, target, GUARD_BYTES, length, unitBytes, ivs);
        } else {
            cipher.decrypt(source, GUARD_BYTES, target, GUARD_BYTES, length, unitBytes, ivs);
        }
    }

    /** Heap, direct, or a slice of heap, with guards at both ends, of any byte order, its position somewhere. */
    private static ByteBuffer buffer(Random random, byte[] data, int kind) {
        byte[] guarded = guarded(data);
        ByteBuffer buffer =
                switch (kind) {
                    case 0 -> ByteBuffer.allocate(guarded.length);
                    case 1 -> ByteBuffer.allocateDirect(guarded.length);
                    default -> ByteBuffer.allocate(guarded.length + 100).slice(37, guarded.length);
                };
        buffer.put(0, guarded);
        buffer.position(random.nextInt(guarded.length));
        return buffer.order(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] guarded(byte[] data) {
        byte[] guarded = new byte[data.length + 2 * GUARD_BYTES];
        Arrays.fill(guarded, GUARD);
        System.arraycopy(data, 0, guarded, GUARD_BYTES, data.length);
        return guarded;
    }

    private static byte[] content(ByteBuffer buffer) {
        byte[] content = new byte[buffer.limit()];
        buffer.get(0, content);
        return content;
    }

    private static SectorCipher cipher(String engine, byte[] key) {
        return XtsCiphers.aes(KeyMaterial.owning(key.clone()), XtsEngines.named(engine));
    }

    private static byte[] randomBytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static String begin(byte[] bytes, String asLongAs) {
        return HexFormat.of().formatHex(bytes, 0, asLongAs.length() / 2);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}
