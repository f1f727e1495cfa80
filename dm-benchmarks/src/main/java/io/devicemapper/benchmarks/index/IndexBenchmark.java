package io.devicemapper.benchmarks.index;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A million random keys, all in memory, one thread: look-ups, overwriting in an open transaction, and a scan of all. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "-XX:+UseParallelGC", // the collector that ./dm serve uses
            "--add-opens=java.base/java.nio=ALL-UNNAMED", // for lmdbjava's quicker way to its buffers
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED"
        })
public class IndexBenchmark {
    /** What is measured. */
    @Param
    public StoreKind store;

    private StoreState state;

    @Setup
    public void fill() throws IOException {
        state = new StoreState(store);
    }

    @TearDown
    public void delete() throws IOException {
        state.delete();
    }

    @Benchmark
    public long get() {
        return state.store().get(state.nextKey());
    }

    @Benchmark
    public void put() {
        state.store().put(state.nextKey(), 1);
    }

    @Benchmark
    public long scan() {
        return state.store().scan();
    }
}
