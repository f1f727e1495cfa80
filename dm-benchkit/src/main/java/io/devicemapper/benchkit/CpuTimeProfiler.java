package io.devicemapper.benchkit;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Adds the processor time of an operation to what JMH reports: that of the whole JVM, with its garbage collection, in nanoseconds. On a machine that does other
 * work as well, the elapsed time of a benchmark is also the time that others had its processor; this is not.
 */
public final class CpuTimeProfiler implements InternalProfiler {
    private final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private long beforeNanos;

    /** For JMH, which makes one for each fork. */
    public CpuTimeProfiler() {}

    @Override
    public String getDescription() {
        return "Processor time of the JVM per operation";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        beforeNanos = system.getProcessCpuTime();
    }

    @Override
    public Collection<Result<ScalarResult>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        long spentNanos = system.getProcessCpuTime() - beforeNanos;
        double perOperation = (double) spentNanos / result.getMetadata().getAllOps();
        return List.of(new ScalarResult("cpu.norm", perOperation, "ns/op", AggregationPolicy.AVG));
    }
}
