package io.devicemapper.benchmarks.peers;

import java.io.PrintStream;
import java.util.Locale;

/** Prints results as a table in Markdown, and how they stand to the goals. */
final class Report {
    private final PrintStream out;

    Report(PrintStream out) {
        this.out = out;
    }

    void print(Results results) {
        out.println();
        out.println("### " + results.contest().name());
        out.println();
        out.println("Median (least-most) of all rounds. The ratios are those of each round to " + results.baseline()
                + " in the same round.");
        out.println();
        out.println("| cell | server | k requests/s | MB/s | p50 us | p99 us | p99.9 us | server CPU us/request"
                + " | ratio requests/s | ratio CPU/request |");
        out.println("|---|---|---|---|---|---|---|---|---|---|");
        for (Cell cell : results.contest().cells()) {
            for (String label : results.labels(cell)) {
                printRow(results, cell, label);
            }
        }
        out.println();
        results.contest().cells().forEach(cell -> printGoals(results, cell));
    }

    private void printRow(Results results, Cell cell, String label) {
        out.println("| "
                + String.join(
                        " | ",
                        cell.name(),
                        label,
                        results.spread(cell, label, Measurement::kiloRequestsPerSecond)
                                .format(1),
                        results.spread(cell, label, Measurement::megabytesPerSecond)
                                .format(0),
                        results.spread(cell, label, Measurement::p50Micros).format(0),
                        results.spread(cell, label, Measurement::p99Micros).format(0),
                        results.spread(cell, label, Measurement::p999Micros).format(0),
                        results.spread(cell, label, Measurement::serverCpuMicrosPerRequest)
                                .format(1),
                        results.ratio(cell, label, Measurement::kiloRequestsPerSecond)
                                .format(2),
                        results.ratio(cell, label, Measurement::serverCpuMicrosPerRequest)
                                .format(2))
                + " |");
    }

    private void printGoals(Results results, Cell cell) {
        if (cell.leastRate() > 0) {
            double ratio = results.ratio(cell, results.ours(), Measurement::kiloRequestsPerSecond)
                    .median();
            printGoal(cell, "requests/s at least", cell.leastRate(), ratio, ratio >= cell.leastRate());
        }
        if (cell.mostCpu() < Double.POSITIVE_INFINITY) {
            double ratio = results.ratio(cell, results.ours(), Measurement::serverCpuMicrosPerRequest)
                    .median();
            printGoal(cell, "CPU per request at most", cell.mostCpu(), ratio, ratio <= cell.mostCpu());
        }
    }

    private void printGoal(Cell cell, String what, double goal, double ratio, boolean met) {
        out.printf(
                Locale.ROOT,
                "- %s: %s %.2f of nbdkit's: %.2f, %s%n",
                cell.name(),
                what,
                goal,
                ratio,
                met ? "met" : "missed");
    }
}
