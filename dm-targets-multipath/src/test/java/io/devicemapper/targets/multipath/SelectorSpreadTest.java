package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.path.PathSelection;
import io.devicemapper.path.PathSelector;
import io.devicemapper.target.TargetArgs;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Each selector spreads the load as it promises, within 5 percent of all bios. */
class SelectorSpreadTest {
    private static final double TOLERANCE = 0.05;
    private static final long BYTES = 4096;

    private static PathSelection selection(PathSelector selector, String... pathArgs) throws Exception {
        PathSelection selection = selector.select(TargetArgs.of(""));
        for (int path = 0; path < pathArgs.length; path++) {
            selection.addPath(path, TargetArgs.of(pathArgs[path]));
        }
        return selection;
    }

    private static void assertShares(double[] promised, long[] counts) {
        long all = Arrays.stream(counts).sum();
        for (int path = 0; path < counts.length; path++) {
            double share = (double) counts[path] / all;
            assertEquals(promised[path], share, TOLERANCE, Arrays.toString(counts));
        }
    }

    @Test
    void roundRobinTakesAllInTurn() throws Exception {
        PathSelection selection = selection(new RoundRobinSelector(), "", "1", "1000");
        long[] counts = new long[3];
        for (int i = 0; i < 3000; i++) {
            counts[selection.next(BYTES)]++;
        }
        assertEquals("[1000, 1000, 1000]", Arrays.toString(counts));
        selection.failed(1);
        Arrays.fill(counts, 0);
        for (int i = 0; i < 1000; i++) {
            counts[selection.next(BYTES)]++;
        }
        assertEquals("[500, 0, 500]", Arrays.toString(counts));
        selection.failed(0);
        selection.failed(2);
        assertEquals(PathSelection.NONE, selection.next(BYTES));
        selection.reinstated(1);
        assertEquals(1, selection.next(BYTES));
    }

    @Test
    void queueLengthKeepsTheQueuesEven() throws Exception {
        PathSelection selection = selection(new QueueLengthSelector(), "", "", "");
        Random random = new Random(1);
        List<Integer> underWay = new ArrayList<>();
        int[] lengths = new int[3];
        for (int i = 0; i < 30_000; i++) {
            if (underWay.size() < 30) {
                int path = selection.next(BYTES);
                int shortest = Arrays.stream(lengths).min().orElseThrow();
                assertEquals(shortest, lengths[path]);
                selection.ioStarted(path, BYTES);
                lengths[path]++;
                underWay.add(path);
            } else {
                int path = underWay.remove(random.nextInt(underWay.size()));
                selection.ioEnded(path, BYTES, 0);
                lengths[path]--;
            }
        }
    }

    @Test
    void serviceTimeLoadsPathsByTheirThroughput() throws Exception {
        PathSelection selection = selection(new ServiceTimeSelector(), "1 10", "1 30", "1 60", "1 0");
        long[] counts = new long[3];
        for (int i = 0; i < 10_000; i++) {
            int path = selection.next(BYTES);
            selection.ioStarted(path, BYTES);
            counts[path]++;
        }
        assertShares(new double[] {0.1, 0.3, 0.6}, counts);
        selection.failed(0);
        selection.failed(1);
        selection.failed(2);
        assertEquals(3, selection.next(BYTES), "a path without throughput is better than none");
    }

    /** Two servers that take 1 and 3 ms for a bio, one after the other, with 16 bios under way. */
    @Test
    void historicalServiceTimeLoadsPathsByTheirSpeed() throws Exception {
        long[] serviceNanos = {1_000_000, 3_000_000};
        long[] clock = {0};
        PathSelection selection = selection(new HistoricalServiceTimeSelector(() -> clock[0]), "", "");
        List<Deque<Long>> queues = List.of(new ArrayDeque<>(), new ArrayDeque<>());
        long[] busyUntil = new long[2];
        long[] counts = new long[2];
        int underWay = 0;
        for (int i = 0; i < 20_000; ) {
            if (underWay < 16) {
                int path = selection.next(BYTES);
                selection.ioStarted(path, BYTES);
                if (queues.get(path).isEmpty()) {
                    busyUntil[path] = clock[0] + serviceNanos[path];
                }
                queues.get(path).add(clock[0]);
                underWay++;
                continue;
            }
            int first = queues.get(1).isEmpty() || (!queues.get(0).isEmpty() && busyUntil[0] <= busyUntil[1]) ? 0 : 1;
            clock[0] = busyUntil[first];
            selection.ioEnded(first, BYTES, queues.get(first).remove());
            busyUntil[first] = clock[0] + serviceNanos[first];
            counts[first]++;
            underWay--;
            i++;
        }
        assertShares(new double[] {0.75, 0.25}, counts);
    }

    @Test
    void ioAffinityKeepsAThreadOnItsPath() throws Exception {
        PathSelection selection = selection(new IoAffinitySelector(), "1", "2");
        boolean[] seen = new boolean[2];
        for (int i = 0; i < 64 && !(seen[0] && seen[1]); i++) {
            int[] paths = new int[2];
            Thread thread = new Thread(() -> {
                paths[0] = selection.next(BYTES);
                paths[1] = selection.next(BYTES);
            });
            thread.start();
            thread.join();
            assertEquals(paths[0], paths[1]);
            seen[paths[0]] = true;
        }
        assertTrue(seen[0] && seen[1], "many threads use all paths");
        selection.failed(0);
        assertEquals(1, selection.next(BYTES));
    }
}
