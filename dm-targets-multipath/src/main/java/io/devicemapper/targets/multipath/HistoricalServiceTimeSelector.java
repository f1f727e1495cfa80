package io.devicemapper.targets.multipath;

import io.devicemapper.path.PathSelection;
import io.devicemapper.path.PathSelector;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.function.LongSupplier;

/**
 * The path that will be done first, told from how long bios took on it so far: {@code historical-service-time [base_weight
 * [threshold_multiplier]]}, with {@code [repeat_count]} for a path. Stateless.
 */
public final class HistoricalServiceTimeSelector implements PathSelector {
    private static final String NAME = "historical-service-time";

    /** Fixed-point numbers have ten binary digits behind the point. */
    private static final int FIXED_SHIFT = 10;

    private static final long FIXED_ONE = 1L << FIXED_SHIFT;
    private static final int DEFAULT_BASE_WEIGHT = 972;

    /** A service time that would not fit as a fixed-point number counts as the longest that does. */
    private static final long MAX_FIXED = Long.MAX_VALUE >> FIXED_SHIFT;

    /** Weights fall with the service time, one for each 2^24 ns, about 17 ms. */
    private static final int BUCKET_SHIFT = 24;

    private static final int BUCKETS = 64;

    /** So many bios under way, and the product with a service time could be too large. */
    private static final long MANY_OUTSTANDING = 1L << FIXED_SHIFT;

    private final LongSupplier nanoClock;

    /** For {@link java.util.ServiceLoader}. */
    public HistoricalServiceTimeSelector() {
        this(System::nanoTime);
    }

    HistoricalServiceTimeSelector(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public int tableArgs() {
        return 1;
    }

    @Override
    public int infoArgs() {
        return 3;
    }

    @Override
    public PathSelection select(TargetArgs args) throws TargetException {
        if (args.size() > 2) {
            throw new TargetException(
                    "expected [base_weight [threshold_multiplier]], found " + args.size() + " arguments");
        }
        long baseWeight = args.hasNext() ? args.number("base_weight", 0, FIXED_ONE - 1) : DEFAULT_BASE_WEIGHT;
        long multiplier = args.hasNext() ? args.number("threshold_multiplier", 0, Integer.MAX_VALUE) : 0;
        return new Histories(baseWeight, multiplier, nanoClock);
    }

    /** What is known of a path. Its monitor guards the figures, for a few instructions; readers take them as they come. */
    private static final class History extends RankedPaths.Ranked {
        private volatile long serviceTime = FIXED_ONE;
        private volatile int outstanding;
        private volatile long staleAfterNanos;
        private long lastFinishNanos;

        History(int path) {
            super(path);
        }

        synchronized void started() {
            outstanding = outstanding + 1;
        }

        synchronized void ended(long startNanos, long nowNanos, long[] weights, int usablePaths) {
            outstanding = outstanding - 1;
            // While several are under way, each one's time counts from the end of the one before it.
            long serviceNanos = Math.max(0, nowNanos - Math.max(startNanos, lastFinishNanos));
            lastFinishNanos = nowNanos;
            long weight = weights[(int) Math.min(serviceNanos >> BUCKET_SHIFT, BUCKETS - 1)];
            long latest = Math.min(serviceNanos, MAX_FIXED >> FIXED_SHIFT) << FIXED_SHIFT;
            serviceTime = (serviceTime * weight + latest * (FIXED_ONE - weight) + FIXED_ONE / 2) >> FIXED_SHIFT;
            staleAfterNanos = nowNanos + usablePaths * (serviceTime >> FIXED_SHIFT);
        }
    }

    private static final class Histories extends RankedPaths<History> {
        private final long[] weights;
        private final long multiplier;
        private final LongSupplier nanoClock;
        private final long originNanos;

        Histories(long baseWeight, long multiplier, LongSupplier nanoClock) {
            this.weights = weights(baseWeight);
            this.multiplier = multiplier;
            this.nanoClock = nanoClock;
            this.originNanos = nanoClock.getAsLong();
        }

        /** The powers of a base, the last one 0. */
        private static long[] weights(long base) {
            long[] weights = new long[BUCKETS];
            long weight = base;
            for (int i = 0; i < BUCKETS - 1; i++) {
                weights[i] = weight;
                weight = (weight * base + FIXED_ONE / 2) >> FIXED_SHIFT;
            }
            return weights;
        }

        @Override
        public void addPath(int path, TargetArgs args) throws TargetException {
            RepeatCount.read(args, 1, NAME);
            add(new History(path));
        }

        /** Nanoseconds since this group was made, so that what is printed is a small number and 0 means never. */
        @Override
        long now() {
            return nanoClock.getAsLong() - originNanos;
        }

        @Override
        int compare(History first, History second, long bytes, long nowNanos) {
            long firstTime = first.serviceTime;
            long secondTime = second.serviceTime;
            int firstOut = first.outstanding;
            int secondOut = second.outstanding;
            int fewer = Integer.compare(firstOut, secondOut);
            if (Math.max(firstTime, secondTime) <= multiplier * Math.min(firstTime, secondTime)) {
                return fewer;
            }
            long firstStale = first.staleAfterNanos;
            long secondStale = second.staleAfterNanos;
            boolean firstIdle = firstOut == 0;
            boolean secondIdle = secondOut == 0;
            if ((firstIdle && firstStale < nowNanos)
                    || (secondIdle && secondStale < nowNanos)
                    || (firstIdle && secondIdle)) {
                return firstIdle && secondIdle ? Long.compare(firstStale, secondStale) : firstIdle ? -1 : 1;
            }
            if (firstOut != secondOut && Math.max(firstOut, secondOut) >= MANY_OUTSTANDING) {
                firstTime >>= FIXED_SHIFT;
                secondTime >>= FIXED_SHIFT;
            }
            boolean secondIsBetter = (1 + firstOut) * firstTime > (1 + secondOut) * secondTime;
            long staleAfter = secondIsBetter ? secondStale : firstStale;
            // What is known of the better one is old: use both alike, and learn.
            return staleAfter < nowNanos ? fewer : secondIsBetter ? 1 : -1;
        }

        @Override
        public boolean timesIo() {
            return true;
        }

        @Override
        public void ioStarted(int path, long bytes) {
            path(path).started();
        }

        @Override
        public void ioEnded(int path, long bytes, long startNanos) {
            path(path).ended(startNanos - originNanos, now(), weights, usableCount());
        }

        @Override
        public String groupStatus(StatusType type) {
            return "2 " + weights[0] + " " + multiplier;
        }

        /** As in the kernel, 0 stands for the repeat count in tables. */
        @Override
        public String pathStatus(int path, StatusType type) {
            History history = path(path);
            return type == StatusType.TABLE
                    ? "0"
                    : history.serviceTime + " " + history.outstanding + " " + history.staleAfterNanos;
        }
    }
}
