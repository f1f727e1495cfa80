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

/**
 * Batches of random overwrites among a million keys, each with a durable commit, after so many that the whole tree was written anew ten
 * times over. The folder for temporary files must be on a disk: {@code -jvmArgs -Djava.io.tmpdir=DIR}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "-XX:+UseParallelGC", // the collector that ./dm serve uses
            "--add-opens=java.base/java.nio=ALL-UNNAMED", // for lmdbjava's quicker way to its buffers
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED"
        })
public class IndexCommitBenchmark {
    private static final int AGING_BATCH = 1024;

    /** A batch of 1,024 writes about a tenth of a tree of 10,000 pages: LMDB's, the largest of those compared. */
    private static final int AGING_BATCHES = 120;

    /** What is measured. */
    @Param({"BTREE", "LMDB", "MVSTORE"})
    public StoreKind store;

    /** Puts in a commit. */
    @Param({"1", "64", "1024"})
    public int puts;

    private StoreState state;

    @Setup
    public void fillAndAge() throws IOException {
        state = new StoreState(store);
        for (int i = 0; i < AGING_BATCHES; i++) {
            state.put(AGING_BATCH);
            state.store().commit();
        }
    }

    @TearDown
    public void delete() throws IOException {
        state.delete();
    }

    @Benchmark
    public void commit() {
        state.put(puts);
        state.store().commit();
    }
}
