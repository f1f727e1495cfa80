package io.devicemapper.targets.multipath;

import io.devicemapper.path.PathSelection;
import io.devicemapper.path.PathSelector;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** One path after the other: {@code round-robin}, with {@code [repeat_count]} for a path. Stateless. */
public final class RoundRobinSelector implements PathSelector {
    private static final String NAME = "round-robin";

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
        return 0;
    }

    @Override
    public PathSelection select(TargetArgs args) {
        return new Turn();
    }

    /** Whose turn it is. */
    private static final class Turn implements PathSelection {
        /** The usable paths in the order of their turns, and who is next. Replaced when the paths change, so that no bio meets a lock. */
        private static final class Ring {
            private final int[] paths;
            private final AtomicInteger next = new AtomicInteger();

            Ring(List<Integer> paths) {
                this.paths = paths.stream().mapToInt(path -> path).toArray();
            }

            int next() {
                return paths.length == 0
                        ? NONE
                        : paths[Integer.remainderUnsigned(next.getAndIncrement(), paths.length)];
            }

            /** The paths, beginning with the one whose turn it is. */
            List<Integer> inOrder() {
                List<Integer> order = new ArrayList<>(paths.length);
                int first = next.get();
                for (int i = 0; i < paths.length; i++) {
                    order.add(paths[Integer.remainderUnsigned(first + i, paths.length)]);
                }
                return order;
            }
        }

        private final List<Integer> repeatCounts = new ArrayList<>();
        private volatile Ring ring = new Ring(List.of());

        @Override
        public void addPath(int path, TargetArgs args) throws TargetException {
            repeatCounts.add(RepeatCount.read(args, 1, NAME));
            reinstated(path);
        }

        @Override
        public int next(long bytes) {
            return ring.next();
        }

        @Override
        public void failed(int path) {
            List<Integer> paths = ring.inOrder();
            paths.remove(Integer.valueOf(path));
            ring = new Ring(paths);
        }

        @Override
        public void reinstated(int path) {
            List<Integer> paths = ring.inOrder();
            paths.add(path);
            ring = new Ring(paths);
        }

        @Override
        public String pathStatus(int path, StatusType type) {
            return type == StatusType.TABLE ? repeatCounts.get(path).toString() : "";
        }
    }
}
