package io.devicemapper.targets.cache.sim;

import io.devicemapper.cache.CachePolicy;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.spi.ToolProvider;

/** {@code dm cache-sim}: hit ratios of replacement policies on traces. */
public final class CacheSimTool implements ToolProvider {
    private final InputStream standardInput;

    /** For the ServiceLoader. */
    public CacheSimTool() {
        this(System.in);
    }

    CacheSimTool(InputStream standardInput) {
        this.standardInput = standardInput;
    }

    @Override
    public String name() {
        return "dm-cache-sim";
    }

    @Override
    public int run(PrintWriter out, PrintWriter err, String... args) {
        try {
            SimOptions options = SimOptions.parse(List.of(args));
            if (options.help()) {
                out.print(SimOptions.usage());
            } else {
                simulate(options, out);
            }
            return 0;
        } catch (SimException e) {
            err.println("dm: cache-sim: " + e.getMessage());
            return 1;
        } finally {
            out.flush();
            err.flush();
        }
    }

    private void simulate(SimOptions options, PrintWriter out) throws SimException {
        Policies known = new Policies();
        List<CachePolicy> policies = new ArrayList<>();
        for (String name : options.policies()) {
            policies.add(known.named(name));
        }
        SimReport report = new SimReport(out);
        List<TraceResult> results = new ArrayList<>();
        for (String name : options.traces()) {
            TraceResult result = measure(trace(name, options), policies, options);
            report.print(result);
            results.add(result);
        }
        report.printSummary(results);
        if (options.plot().isPresent()) {
            draw(results, options.plot().get());
        }
    }

    private Trace trace(String name, SimOptions options) throws SimException {
        Optional<Trace> generated = GeneratedTrace.of(name);
        return generated.isPresent()
                ? generated.get()
                : new TraceReader(standardInput, options.format(), options.blockSectors()).read(name);
    }

    private static TraceResult measure(Trace trace, List<CachePolicy> policies, SimOptions options)
            throws SimException {
        Optimum optimum = new Optimum(trace);
        LruHits lru = new LruHits(trace);
        int[] sizes = options.sizes().stream()
                .mapToInt(size -> size.blocks(trace))
                .sorted()
                .distinct()
                .toArray();
        List<TraceResult.Line> lines = new ArrayList<>();
        for (int size : sizes) {
            List<PolicyRun.Result> runs = new ArrayList<>();
            for (CachePolicy policy : policies) {
                runs.add(PolicyRun.run(
                        policy, options.settings(), trace, size, options.blockSectors(), options.conditions()));
            }
            lines.add(new TraceResult.Line(size, optimum.hits(size), lru.hits(size), runs));
        }
        return new TraceResult(trace, policies.stream().map(CachePolicy::name).toList(), lines);
    }

    private static void draw(List<TraceResult> results, Path file) throws SimException {
        try {
            Files.writeString(file, new HitRatioPlot(results).svg());
        } catch (NoSuchFileException e) {
            throw new SimException("--plot: " + file + " cannot be written: no such folder", e);
        } catch (IOException e) {
            throw new SimException("--plot: " + file + " cannot be written: " + e, e);
        }
    }
}
