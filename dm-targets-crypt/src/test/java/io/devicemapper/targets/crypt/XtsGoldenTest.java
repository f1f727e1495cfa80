package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import io.devicemapper.testkit.SectorPattern;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Linux's dm-crypt wrote with aes-xts-plain64, unit by unit through each engine that works in this JVM. */
class XtsGoldenTest {
    private static final int SECTOR_BYTES = 512;
    private static final List<String> FILES = List.of("crypt-512.rec", "crypt-large-sector.rec", "crypt-big.rec");

    static Stream<String> engines() {
        return XtsEngines.available().stream().map(XtsPasses::name);
    }

    @ParameterizedTest
    @MethodSource("engines")
    void ciphertextIsTheKernels(String engine) {
        int units = 0;
        for (String file : FILES) {
            for (GoldenRecord record : load(file).records()) {
                if (record.value("cipher").equals("aes-xts-plain64")
                        && record.value("rc").equals("0")) {
                    units += check(record, engine);
                }
            }
        }
        assertTrue(units > 500, "only " + units + " units in the records");
    }

    private static int check(GoldenRecord record, String engine) {
        int sectorsInUnit = Integer.parseInt(record.value("sector_size")) / SECTOR_BYTES;
        int unitBytes = sectorsInUnit * SECTOR_BYTES;
        int ivShift = record.value("iv_large_sectors").equals("yes") ? Integer.numberOfTrailingZeros(sectorsInUnit) : 0;
        long ivOffset = Long.parseLong(record.value("iv_offset"));
        List<String[]> sectors =
                record.values("sector").stream().map(line -> line.split(" ")).toList();
        KeyMaterial key = KeyMaterial.owning(HexFormat.of().parseHex(record.value("key")));
        try (SectorCipher cipher = XtsCiphers.aes(key, XtsEngines.named(engine))) {
            for (int i = 0; i < sectors.size(); i += sectorsInUnit) {
                long sector = Long.parseLong(sectors.get(i)[0]);
                ByteBuffer plaintext = SectorPattern.golden().sectors(sector, sectorsInUnit, 'a');
                ByteBuffer unit = ByteBuffer.allocate(unitBytes);
                byte[] iv = ByteBuffer.allocate(SectorCipher.IV_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong((sector + ivOffset) >> ivShift)
                        .array();
                cipher.encrypt(plaintext, 0, unit, 0, unitBytes, unitBytes, iv);
                for (int k = 0; k < sectorsInUnit; k++) {
                    assertEquals(
                            sectors.get(i + k)[3],
                            sha256(unit, k * SECTOR_BYTES),
                            () -> engine + ", " + record.id() + ", unit from sector " + sector);
                }
                cipher.decrypt(unit, 0, unit, 0, unitBytes, unitBytes, iv);
                assertEquals(plaintext, unit, () -> engine + ", " + record.id() + ", decrypting sector " + sector);
            }
        }
        return sectors.size() / sectorsInUnit;
    }

    private static GoldenFile load(String name) {
        try {
            return GoldenFile.load(XtsGoldenTest.class, "kernel-golden/" + name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(ByteBuffer buffer, int position) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(buffer.slice(position, SECTOR_BYTES));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
