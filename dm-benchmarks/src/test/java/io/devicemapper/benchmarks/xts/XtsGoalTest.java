package io.devicemapper.benchmarks.xts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.targets.crypt.AesXts;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The verdict is on medians, of the engine that would be used, from 4 KiB on. */
class XtsGoalTest {
    private static final String BEST = AesXts.engines().get(0);

    private static XtsRow row(String engine, int bytes, double... ratios) {
        XtsRow row = new XtsRow(engine, bytes, 4096);
        for (double ratio : ratios) {
            row.encryption().add(ratio * 5, 5, 0);
            row.decryption().add(100, 5, 0);
        }
        return row;
    }

    private static String verdict(XtsRow... rows) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        XtsGoal.print(List.of(rows), new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8).strip();
    }

    @Test
    void oneBadRoundIsNoMiss() {
        assertEquals("All goals are met.", verdict(row(BEST, 4096, 2, 0.1, 2)));
    }

    @Test
    void aMissNamesTheRowAndBothFigures() {
        double goal = XtsGoal.ratio(4096, Runtime.version().feature());
        assertEquals(
                "Goals missed:" + System.lineSeparator()
                        + String.format(
                                Locale.ROOT, "%s, 4096 bytes in units of 4096, encrypt: 0.50 of %.2f", BEST, goal),
                verdict(row(BEST, 4096, 0.5, 2, 0.5)));
    }

    @Test
    void otherEnginesAndShorterDataHaveNoGoal() {
        assertEquals("", verdict(row("bouncycastle", 4096, 0.1), row(BEST, 512, 0.1)));
    }

    @Test
    void goalsAreHigherOnJdk25AndForSmallUnits() {
        assertEquals(1.0, XtsGoal.ratio(512, 17));
        assertEquals(0.85, XtsGoal.ratio(4096, 24));
        assertEquals(1.5, XtsGoal.ratio(512, 25));
        assertEquals(1.15, XtsGoal.ratio(4096, 26));
    }
}
