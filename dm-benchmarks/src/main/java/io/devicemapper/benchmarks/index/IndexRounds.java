package io.devicemapper.benchmarks.index;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The stores of the index benchmarks, taking turns in one JVM: what else the machine does then meets all of them alike, and the ratios hold
 * still where those of JMH's separate JVMs do not. Prints for each store the median of its rounds, and its ratio to LMDB's round
 * by round.
 *
 * <pre>
 *     dm-benchmarks/index-rounds [ROUNDS]     20 by default; about 2 seconds each, after 15 to fill and age
 * </pre>
 */
final class IndexRounds {
    private static final List<StoreKind> KINDS = List.of(StoreKind.BTREE, StoreKind.LMDB, StoreKind.MVSTORE);
    private static final int AGING_BATCH = 1024;

    /** See {@link IndexCommitBenchmark}. */
    private static final int AGING_BATCHES = 120;

    private static final int GETS = 200_000;
    private static final int PUTS = 100_000;
    private static final int WARM_UP_ROUNDS = 2;

    /** Something that is done a number of times. */
    private record Work(String name, int times, TimeUnit unit, Step step) {}

    private interface Step {
        void run(StoreState state, int times);
    }

    private static final List<Work> WORKS = List.of(
            new Work("get", GETS, TimeUnit.NANOSECONDS, IndexRounds::gets),
            new Work(
                    "scan of 1,000,000",
                    1,
                    TimeUnit.MICROSECONDS,
                    (state, times) -> consume(state.store().scan())),
            new Work("put in an open transaction", PUTS, TimeUnit.NANOSECONDS, (state, times) -> state.put(times)),
            new Work("commit of 1 put", 50, TimeUnit.MICROSECONDS, (state, times) -> commits(state, times, 1)),
            new Work("commit of 64 puts", 20, TimeUnit.MICROSECONDS, (state, times) -> commits(state, times, 64)),
            new Work("commit of 1,024 puts", 5, TimeUnit.MICROSECONDS, (state, times) -> commits(state, times, 1024)));

    @SuppressWarnings("unused") // written, so that no look-up is optimized away
    private static volatile long consumed;

    private IndexRounds() {}

    /** Measures and prints. */
    public static void main(String... args) throws IOException {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 20;
        List<StoreState> states = new ArrayList<>();
        try {
            for (StoreKind kind : KINDS) {
                states.add(aged(kind));
            }
            double[][][] times = new double[WORKS.size()][KINDS.size()][rounds];
            for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
                for (int work = 0; work < WORKS.size(); work++) {
                    for (int turn = 0; turn < KINDS.size(); turn++) {
                        int kind = Math.floorMod(turn + round, KINDS.size());
                        double each = time(WORKS.get(work), states.get(kind));
                        if (round >= 0) {
                            times[work][kind][round] = each;
                        }
                    }
                }
            }
            print(times, System.out);
        } finally {
            for (StoreState state : states) {
                state.delete();
            }
        }
    }

    private static StoreState aged(StoreKind kind) throws IOException {
        StoreState state = new StoreState(kind);
        commits(state, AGING_BATCHES, AGING_BATCH);
        return state;
    }

    private static double time(Work work, StoreState state) {
        long begin = System.nanoTime();
        work.step().run(state, work.times());
        long nanos = System.nanoTime() - begin;
        state.store().commit(); // what was put does not stay open for the next turn
        return (double) nanos / work.times() / work.unit().toNanos(1);
    }

    private static void gets(StoreState state, int times) {
        long sum = 0;
        for (int i = 0; i < times; i++) {
            sum += state.store().get(state.nextKey());
        }
        consume(sum);
    }

    private static void commits(StoreState state, int times, int puts) {
        for (int i = 0; i < times; i++) {
            state.put(puts);
            state.store().commit();
        }
    }

    private static void consume(long value) {
        consumed = value;
    }

    private static void print(double[][][] times, PrintStream out) {
        int lmdb = KINDS.indexOf(StoreKind.LMDB);
        out.printf(
                Locale.ROOT,
                "%-28s %-8s %12s %6s   %s%n",
                "",
                "",
                "median",
                "",
                "median of ratios to LMDB (least-most)");
        for (int work = 0; work < times.length; work++) {
            for (int kind = 0; kind < KINDS.size(); kind++) {
                double[] all = times[work][kind];
                double[] ratios = new double[all.length];
                for (int i = 0; i < all.length; i++) {
                    ratios[i] = all[i] / times[work][lmdb][i];
                }
                Arrays.sort(ratios);
                out.printf(
                        Locale.ROOT,
                        "%-28s %-8s %12.1f %-6s %6.2f (%.2f-%.2f)%n",
                        WORKS.get(work).name(),
                        KINDS.get(kind),
                        median(all),
                        WORKS.get(work).unit() == TimeUnit.NANOSECONDS ? "ns" : "us",
                        median(ratios),
                        ratios[0],
                        ratios[ratios.length - 1]);
            }
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
