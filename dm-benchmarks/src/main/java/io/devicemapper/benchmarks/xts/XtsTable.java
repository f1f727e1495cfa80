package io.devicemapper.benchmarks.xts;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs {@link XtsBenchmark} on one engine after the other and {@code openssl speed} before and after each, in rounds, and prints one table: how
 * fast, how that stands to what OpenSSL did on units of the same length just before and after, and bytes allocated per operation; then whether
 * that is enough. See docs/benchmarks.md.
 */
public final class XtsTable {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final int NATIVE_ACCESS_SINCE = 22;

    private XtsTable() {}

    /** Runs all of it; {@code --help} tells the options. Exit status 1, with one line, if it cannot be done. */
    public static void main(String[] args) throws InterruptedException {
        if (List.of(args).contains("--help")) {
            System.out.print(XtsOptions.HELP);
            return;
        }
        try {
            XtsOptions options = XtsOptions.parse(args);
            String openssl = OpensslSpeed.version();
            List<XtsRow> rows = measure(options);
            System.out.println("AES-256-XTS, GB/s on one core; JDK " + Runtime.version() + ", " + openssl + ", "
                    + options.buffers() + " buffers, " + options.rounds() + " rounds: median (least-most).");
            System.out.println();
            XtsRow.print(rows, System.out);
            XtsGoal.print(rows, System.out);
        } catch (IllegalArgumentException | IOException | RunnerException e) {
            System.err.println("crypt: " + e.getMessage());
            System.exit(1);
        }
    }

    private static List<XtsRow> measure(XtsOptions options) throws IOException, RunnerException, InterruptedException {
        List<XtsRow> rows = new ArrayList<>();
        // Those of one unit length together: what OpenSSL does after one of them is what it does before the next.
        for (int unitBytes : options.unitBytes()) {
            for (int bytes : options.bytes()) {
                if (bytes % unitBytes == 0) {
                    options.engines().forEach(engine -> rows.add(new XtsRow(engine, bytes, unitBytes)));
                }
            }
        }
        List<XtsRow> order = new ArrayList<>(rows);
        for (int round = 1; round <= options.rounds(); round++) {
            OpensslSpeed before = null;
            for (XtsRow row : order) {
                if (before == null || before.unitBytes() != row.unitBytes()) {
                    before = OpensslSpeed.measure(row.unitBytes());
                }
                System.err.println("crypt: round " + round + " of " + options.rounds() + ": " + row);
                Collection<RunResult> results = run(row, options.buffers());
                OpensslSpeed after = OpensslSpeed.measure(row.unitBytes());
                add(results, row, before.meanWith(after));
                before = after;
            }
            Collections.reverse(order); // nobody always comes first
        }
        return rows;
    }

    private static Collection<RunResult> run(XtsRow row, String buffers) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(XtsBenchmark.class.getName().replace(".", "\\.") + "\\..*")
                .param("engine", row.engine())
                .param("buffers", buffers)
                .param("bytes", Integer.toString(row.bytes()))
                .param("unitBytes", Integer.toString(row.unitBytes()))
                .addProfiler("gc")
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .jvmArgs(jvmArguments());
        return new Runner(options.build()).run();
    }

    private static void add(Collection<RunResult> results, XtsRow row, OpensslSpeed openssl) {
        for (RunResult result : results) {
            double bytesPerNano = row.bytes() / result.getPrimaryResult().getScore();
            double allocated =
                    result.getSecondaryResults().get("gc.alloc.rate.norm").getScore();
            if (result.getPrimaryResult().getLabel().equals("encrypt")) {
                row.encryption().add(bytesPerNano, openssl.encryption(), allocated);
            } else {
                row.decryption().add(bytesPerNano, openssl.decryption(), allocated);
            }
        }
    }

    /** What {@code ./dm serve} adds as well. */
    private static String[] jvmArguments() {
        List<String> arguments = new ArrayList<>();
        if (ModuleFinder.ofSystem().find(VECTOR_MODULE).isPresent()) {
            arguments.add("--add-modules=" + VECTOR_MODULE);
        }
        if (Runtime.version().feature() >= NATIVE_ACCESS_SINCE) {
            arguments.add("--enable-native-access=ALL-UNNAMED");
        }
        return arguments.toArray(String[]::new);
    }
}
