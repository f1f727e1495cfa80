package io.devicemapper.targets.cache;

import io.devicemapper.block.BioStatus;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetBio;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Discards, and write-zeroes of more than a block: whatever is cached of their range leaves the cache, durably, and then they go to the origin
 * alone. Meanwhile no block of the range comes into the cache. Begun on the migrator's thread, between two migrations.
 */
final class RangeOperations {
    /** So many blocks are unmapped by one commit. */
    private static final int BATCH = 4096;

    private final Cache cache;
    private final Queue<Operation> waiting = new ConcurrentLinkedQueue<>();
    private final Queue<Operation> underWay = new ConcurrentLinkedQueue<>();

    RangeOperations(Cache cache) {
        this.cache = cache;
    }

    /** The blocks of one bio; its context. */
    final class Operation {
        private final TargetBio bio;
        private final long first;
        private final long end;

        private Operation(TargetBio bio) {
            this.bio = bio;
            this.first = cache.blocks().originBlock(bio.sector());
            this.end = cache.blocks().originBlock(bio.sector() + bio.sectors() - 1) + 1;
        }

        /** The origin has answered. */
        void ended(TargetBio answered) {
            cache.doubts().keep(answered.doubt());
            underWay.remove(this);
        }
    }

    /** Takes a bio in. */
    MapResult map(TargetBio bio) {
        Operation operation = new Operation(bio);
        bio.context(operation);
        waiting.add(operation);
        cache.migrator().wake();
        return bio.submitted();
    }

    /** For the migrator, between two migrations: begins what has come. */
    void begin() {
        for (Operation operation = waiting.poll(); operation != null; operation = waiting.poll()) {
            underWay.add(operation);
            if (unmapAll(operation)) {
                operation.bio.remap(cache.origin(), operation.bio.sector());
            } else {
                operation.bio.complete(BioStatus.IO);
            }
        }
    }

    private boolean unmapAll(Operation operation) {
        while (true) {
            List<CacheBlock> blocks = cache.map().inRange(operation.first, operation.end, BATCH);
            if (blocks.isEmpty()) {
                return true;
            }
            if (!cache.unmapAndWait(blocks)) {
                return false;
            }
        }
    }

    /** Whether a block lies in a range that is being discarded. */
    boolean covers(long originBlock) {
        for (Operation operation : underWay) {
            if (originBlock >= operation.first && originBlock < operation.end) {
                return true;
            }
        }
        return false;
    }
}
