package io.devicemapper.targets.multipath;

import io.devicemapper.path.PathSelection;
import io.devicemapper.path.PathSelector;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.concurrent.atomic.AtomicInteger;

/** The path with the fewest bios under way: {@code queue-length}, with {@code [repeat_count]} for a path. Stateless. */
public final class QueueLengthSelector implements PathSelector {
    private static final String NAME = "queue-length";

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
        return 1;
    }

    @Override
    public PathSelection select(TargetArgs args) {
        return new Queues();
    }

    private static final class Queue extends RankedPaths.Ranked {
        private final int repeatCount;
        private final AtomicInteger length = new AtomicInteger();

        Queue(int path, int repeatCount) {
            super(path);
            this.repeatCount = repeatCount;
        }
    }

    private static final class Queues extends RankedPaths<Queue> {
        @Override
        public void addPath(int path, TargetArgs args) throws TargetException {
            add(new Queue(path, RepeatCount.read(args, 1, NAME)));
        }

        @Override
        int compare(Queue first, Queue second, long bytes, long nowNanos) {
            return Integer.compare(first.length.get(), second.length.get());
        }

        @Override
        public void ioStarted(int path, long bytes) {
            path(path).length.getAndIncrement();
        }

        @Override
        public void ioEnded(int path, long bytes, long startNanos) {
            path(path).length.getAndDecrement();
        }

        @Override
        public String pathStatus(int path, StatusType type) {
            Queue queue = path(path);
            return String.valueOf(type == StatusType.TABLE ? queue.repeatCount : queue.length.get());
        }
    }
}
