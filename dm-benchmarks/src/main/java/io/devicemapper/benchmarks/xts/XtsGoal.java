package io.devicemapper.benchmarks.xts;

import io.devicemapper.targets.crypt.AesXts;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the engine that {@code ./dm serve} takes is to reach, in terms of OpenSSL, from data of 4 KiB on. */
final class XtsGoal {
    private static final int MIN_BYTES = 4096;
    private static final int FASTER_SINCE = 25;

    private XtsGoal() {}

    /** The goal for units of a length on a release of Java. */
    static double ratio(int unitBytes, int feature) {
        boolean small = unitBytes < 4096;
        if (feature >= FASTER_SINCE) {
            return small ? 1.5 : 1.15;
        }
        return small ? 1.0 : 0.85;
    }

    /** Tells which rows miss their goal by their median, if any row has one. */
    static void print(List<XtsRow> rows, PrintStream out) {
        String engine = AesXts.engines().get(0);
        int feature = Runtime.version().feature();
        List<String> missed = new ArrayList<>();
        int checked = 0;
        for (XtsRow row : rows) {
            if (row.engine().equals(engine) && row.bytes() >= MIN_BYTES) {
                checked++;
                double goal = ratio(row.unitBytes(), feature);
                check(row, "encrypt", row.encryption().ratio(), goal, missed);
                check(row, "decrypt", row.decryption().ratio(), goal, missed);
            }
        }
        if (checked > 0) {
            out.println();
            out.println(missed.isEmpty() ? "All goals are met." : "Goals missed:");
            missed.forEach(out::println);
        }
    }

    private static void check(XtsRow row, String direction, double ratio, double goal, List<String> missed) {
        if (ratio < goal) {
            missed.add(String.format(Locale.ROOT, "%s, %s: %.2f of %.2f", row, direction, ratio, goal));
        }
    }
}
