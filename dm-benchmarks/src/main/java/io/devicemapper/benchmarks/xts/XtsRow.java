package io.devicemapper.benchmarks.xts;

import io.devicemapper.benchmarks.peers.Spread;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** What was measured of one engine on data and units of one length. */
record XtsRow(String engine, int bytes, int unitBytes, Figures encryption, Figures decryption) {
    XtsRow(String engine, int bytes, int unitBytes) {
        this(engine, bytes, unitBytes, new Figures(), new Figures());
    }

    /** One direction, a figure of each round. */
    static final class Figures {
        private final List<Double> bytesPerNano = new ArrayList<>();
        private final List<Double> ratios = new ArrayList<>();
        private final List<Double> allocated = new ArrayList<>();

        /** Adds a round: the speed, OpenSSL's, and the bytes allocated per operation. */
        void add(double speed, double openssl, double allocatedBytes) {
            bytesPerNano.add(speed);
            ratios.add(speed / openssl);
            allocated.add(allocatedBytes);
        }

        /** The median of the ratios to OpenSSL. */
        double ratio() {
            return spread(ratios).median();
        }

        private String format() {
            return spread(bytesPerNano).format(2) + " | " + spread(ratios).format(2) + " | "
                    + Math.round(spread(allocated).median());
        }

        private static Spread spread(List<Double> figures) {
            return Spread.of(figures.stream().mapToDouble(Double::doubleValue));
        }
    }

    static void print(List<XtsRow> rows, PrintStream out) {
        out.println("| data | unit | engine | encrypt | x openssl | B/op | decrypt | x openssl | B/op |");
        out.println("|---:|---:|---|---|---|---:|---|---|---:|");
        for (XtsRow row : rows) {
            out.println("| " + row.bytes + " | " + row.unitBytes + " | " + row.engine + " | " + row.encryption.format()
                    + " | " + row.decryption.format() + " |");
        }
    }

    @Override
    public String toString() {
        return engine + ", " + bytes + " bytes in units of " + unitBytes;
    }
}
