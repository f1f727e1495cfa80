package io.devicemapper.targets.multipath;

import io.devicemapper.path.PathSelection;
import io.devicemapper.path.PathSelector;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The path that will be done first, told from the bytes under way and a throughput that the table gives it: {@code service-time}, with
 * {@code [repeat_count [relative_throughput]]} for a path. Stateless.
 */
public final class ServiceTimeSelector implements PathSelector {
    private static final String NAME = "service-time";
    private static final int MAX_THROUGHPUT = 100;
    private static final int DEFAULT_THROUGHPUT = 1;

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
        return 2;
    }

    @Override
    public int infoArgs() {
        return 2;
    }

    @Override
    public PathSelection select(TargetArgs args) {
        return new Loads();
    }

    private static final class Load extends RankedPaths.Ranked {
        private final int repeatCount;

        /** 0 for a path that is used only if there is no other. */
        private final int throughput;

        private final AtomicLong bytes = new AtomicLong();

        Load(int path, int repeatCount, int throughput) {
            super(path);
            this.repeatCount = repeatCount;
            this.throughput = throughput;
        }
    }

    private static final class Loads extends RankedPaths<Load> {
        @Override
        public void addPath(int path, TargetArgs args) throws TargetException {
            int repeatCount = RepeatCount.read(args, 2, NAME);
            int throughput = args.hasNext()
                    ? (int) args.number(
                            "relative_throughput", 0, MAX_THROUGHPUT, NAME + " ps: invalid relative_throughput value")
                    : DEFAULT_THROUGHPUT;
            add(new Load(path, repeatCount, throughput));
        }

        @Override
        int compare(Load first, Load second, long bytes, long nowNanos) {
            long firstBytes = first.bytes.get();
            long secondBytes = second.bytes.get();
            if (first.throughput == second.throughput) {
                return Long.compare(firstBytes, secondBytes);
            }
            if (firstBytes == secondBytes || first.throughput == 0 || second.throughput == 0) {
                return Integer.compare(second.throughput, first.throughput);
            }
            // Quotients compared by their cross products, which are exact.
            int order =
                    Long.compare((firstBytes + bytes) * second.throughput, (secondBytes + bytes) * first.throughput);
            return order != 0 ? order : Integer.compare(second.throughput, first.throughput);
        }

        @Override
        public void ioStarted(int path, long bytes) {
            path(path).bytes.getAndAdd(bytes);
        }

        @Override
        public void ioEnded(int path, long bytes, long startNanos) {
            path(path).bytes.getAndAdd(-bytes);
        }

        @Override
        public String pathStatus(int path, StatusType type) {
            Load load = path(path);
            return (type == StatusType.TABLE ? load.repeatCount : load.bytes.get()) + " " + load.throughput;
        }
    }
}
