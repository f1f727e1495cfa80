package io.devicemapper.targets.cache.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.cache.Migration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@link Lirs} against the algorithm as the paper tells it, on plain lists. */
class LirsModelTest {
    @Test
    void hitsAndVictimsAreThoseOfTheModel() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            int capacity = 2 + random.nextInt(12);
            int maxGhosts = 1 + random.nextInt(20);
            double share = random.nextDouble();
            Lirs lirs = new Lirs(capacity, maxGhosts, 1);
            lirs.setQueueShare(share);
            Model model = new Model(capacity, lirs.maxReused(), maxGhosts);
            for (int access = 0; access < 500; access++) {
                long block = random.nextInt(random.nextBoolean() ? 8 : 40);
                String where = "seed " + seed + ", round " + round + ", access " + access;
                List<Long> expected = model.access(block);
                assertEquals(expected, access(lirs, block), where);
                assertEquals(model.resident(), lirs.residents(), where);
                assertEquals(model.ghosts.size(), lirs.ghosts(), where);
            }
        }
    }

    /** Null for a hit; else who left. */
    private static List<Long> access(Lirs lirs, long block) {
        if (lirs.accessed(block) == Lirs.Access.HIT) {
            return null;
        }
        boolean free = lirs.hasFreeBlock();
        lirs.beginArrival(block, free);
        List<Long> left = new ArrayList<>();
        if (!free) {
            long evicted = lirs.beginDeparture();
            assertEquals(true, evicted != Migration.NONE);
            lirs.departed(evicted);
            left.add(evicted);
        }
        lirs.arrived(block);
        return left;
    }

    /** Lists begin with the coldest. */
    private static final class Model {
        final int capacity;
        final int maxReused;
        final int maxGhosts;
        final List<Long> stack = new ArrayList<>();
        final List<Long> queue = new ArrayList<>();
        final List<Long> ghosts = new ArrayList<>();
        final Set<Long> reused = new HashSet<>();

        Model(int capacity, int maxReused, int maxGhosts) {
            this.capacity = capacity;
            this.maxReused = maxReused;
            this.maxGhosts = maxGhosts;
        }

        int resident() {
            return reused.size() + queue.size();
        }

        List<Long> access(Long block) {
            boolean inStack = stack.remove(block);
            stack.add(block);
            if (reused.contains(block)) {
                prune();
                return null;
            }
            boolean hit = queue.contains(block);
            List<Long> left = hit ? null : new ArrayList<>();
            if (!hit) {
                // Until it comes it stands among the ghosts, and may drive out the oldest.
                if (!ghosts.contains(block)) {
                    addGhost(block);
                }
                ghosts.remove(block);
                if (resident() == capacity) {
                    left.add(evict());
                }
            }
            if ((inStack && stack.contains(block)) || (!hit && reused.size() < maxReused)) {
                queue.remove(block);
                reused.add(block);
                if (reused.size() > maxReused) {
                    cool();
                }
                prune();
            } else {
                queue.remove(block);
                queue.add(block);
            }
            return left;
        }

        private Long evict() {
            if (queue.isEmpty()) {
                cool();
            }
            Long evicted = queue.remove(0);
            if (stack.contains(evicted)) {
                addGhost(evicted);
            }
            return evicted;
        }

        private void addGhost(Long block) {
            ghosts.add(block);
            if (ghosts.size() > maxGhosts) {
                stack.remove(ghosts.remove(0));
            }
        }

        private void cool() {
            prune();
            Long coldest = stack.remove(0);
            reused.remove(coldest);
            queue.add(coldest);
            prune();
        }

        private void prune() {
            while (!reused.isEmpty() && !reused.contains(stack.get(0))) {
                ghosts.remove(stack.remove(0));
            }
        }
    }
}
