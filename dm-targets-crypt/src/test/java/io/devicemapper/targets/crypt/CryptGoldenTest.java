package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.TargetView;
import io.devicemapper.target.StatusType;
import io.devicemapper.testkit.GoldenBed;
import io.devicemapper.testkit.SectorPattern;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every record of a kernel's dm-crypt: the same ciphertext, the same table, and what it refused is refused for its reason. */
class CryptGoldenTest {
    private static final String NAME = "gold";
    private static final Pattern LOGGED =
            Pattern.compile("device-mapper: table: 253:0: (crypt: .*?)(?: \\(-E[A-Z]+\\))?");

    static List<CryptRecord> accepted() {
        return CryptRecord.accepted();
    }

    static List<CryptRecord> refused() {
        return CryptRecord.refused();
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void ciphertextAndTableAreAKernels(CryptRecord record) throws Exception {
        try (GoldenBed bed = record.bed()) {
            MappedDevice device = bed.deviceMapper().create(NAME, record.value("table"));
            TargetView target = device.liveTable().orElseThrow().targets().get(0);
            assertEquals(record.value("out-table"), line(bed, target, target.status(StatusType.TABLE)));
            assertEquals(record.value("out-table-showkeys"), line(bed, target, target.tableWithKeys()));
            for (CryptRecord.Run run : record.runs()) {
                device.write(run.firstMapped(), SectorPattern.golden().sectors(run.firstMapped(), run.sectors(), 'a'));
            }
            checkCiphertext(record, bed.disk(record.backingName()));
            for (CryptRecord.Run run : record.runs()) {
                ByteBuffer found = ByteBuffer.allocateDirect(run.sectors() * Bio.SECTOR_SIZE);
                device.read(run.firstMapped(), found);
                assertEquals(SectorPattern.golden().sectors(run.firstMapped(), run.sectors(), 'a'), found);
            }
        }
    }

    /** What the kernel left on the disk below, sector by sector. */
    static void checkCiphertext(CryptRecord record, BlockDevice backing) throws Exception {
        for (CryptRecord.Sector sector : record.sectors()) {
            byte[] found = new byte[Bio.SECTOR_SIZE];
            backing.read(sector.backing(), ByteBuffer.wrap(found));
            assertEquals(
                    sector.ciphertextSha256(),
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(found)),
                    () -> record + ": ciphertext of sector " + sector.mapped());
            String hex = record.ciphertexts().get(sector.mapped());
            if (hex != null) {
                assertEquals(hex, HexFormat.of().formatHex(found));
            }
        }
    }

    private static String line(GoldenBed bed, TargetView target, String arguments) {
        return target.begin() + " " + target.len() + " " + target.typeName() + " " + bed.inNumbers(arguments);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatAKernelRefusesIsRefusedWithItsReason(CryptRecord record) throws Exception {
        String reason = record.values("klog").stream()
                .map(LOGGED::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .findFirst()
                .orElseThrow();
        try (GoldenBed bed = record.bed()) {
            DmException refusal =
                    assertThrows(DmException.class, () -> bed.deviceMapper().create(NAME, record.value("table")));
            assertTrue(
                    refusal.getMessage().contains(reason),
                    () -> "expected: " + reason + "\nfound: " + refusal.getMessage());
        }
    }
}
