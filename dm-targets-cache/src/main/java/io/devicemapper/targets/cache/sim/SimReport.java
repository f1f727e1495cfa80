package io.devicemapper.targets.cache.sim;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** The results as text. Hit ratios are in per cent of the accesses. */
final class SimReport {
    private final PrintWriter out;

    SimReport(PrintWriter out) {
        this.out = out;
    }

    void print(TraceResult result) {
        Trace trace = result.trace();
        line(
                "%s: %d accesses to %d blocks (%s)",
                trace.name(), trace.accesses(), trace.distinctBlocks(), trace.description());
        StringBuilder head = new StringBuilder(format("%9s %6s %8s %7s", "blocks", "share", "optimum", "LRU"));
        for (String policy : result.policies()) {
            head.append(format(" | %8s %8s %7s %7s", policy, "/optimum", "-LRU", "copies"));
        }
        out.println(head);
        for (TraceResult.Line line : result.lines()) {
            StringBuilder text = new StringBuilder(format(
                    "%9d %5.1f%% %8.2f %7.2f",
                    line.cacheBlocks(),
                    100.0 * line.cacheBlocks() / trace.distinctBlocks(),
                    result.percent(line.optimumHits()),
                    result.percent(line.lruHits())));
            for (int policy = 0; policy < result.policies().size(); policy++) {
                PolicyRun.Result run = line.runs().get(policy);
                text.append(format(
                        " | %8.2f %8.3f %+7.2f %7.2f",
                        result.percent(run.hits()),
                        TraceResult.ofOptimum(line, policy),
                        result.aboveLru(line, policy),
                        result.percent(run.promotions())));
            }
            out.println(text);
        }
        out.println();
    }

    /** Mean and worst line of each policy over all traces. */
    void printSummary(List<TraceResult> results) {
        List<String> policies = results.get(0).policies();
        for (int policy = 0; policy < policies.size(); policy++) {
            int lines = 0;
            double sum = 0;
            double worst = Double.POSITIVE_INFINITY;
            String worstLine = "";
            for (TraceResult result : results) {
                for (TraceResult.Line line : result.lines()) {
                    lines++;
                    sum += TraceResult.ofOptimum(line, policy);
                    double aboveLru = result.aboveLru(line, policy);
                    if (aboveLru < worst) {
                        worst = aboveLru;
                        worstLine = result.trace().name() + " with " + line.cacheBlocks() + " blocks";
                    }
                }
            }
            line(
                    "%s: %.3f of the optimum, mean of %d lines; at the least %+.2f points against LRU (%s)",
                    policies.get(policy), sum / lines, lines, worst, worstLine);
        }
    }

    private void line(String format, Object... args) {
        out.println(format(format, args));
    }

    private static String format(String format, Object... args) {
        return String.format(Locale.ROOT, format, args);
    }
}
