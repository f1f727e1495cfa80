package io.devicemapper.persistent;

import java.util.ArrayList;
import java.util.List;

/**
 * The blocks that a transaction made and that are not known to be on the device, in the order in which they were made. Most are written by the commit.
 *
 * <p>A large transaction has leaves written earlier, beside its changes, since the device is slower than they are. Such a leaf is not changed
 * in place any more: a further change makes a copy in another place, as of a committed one. So this goes on only as long as that is rare.
 *
 * <p>For the writer's thread alone.
 */
final class DirtyBlocks {
    /** What is made first is left for the commit: the nodes near the root are among it. Most commits write no more than this. */
    private static final int LEFT_FOR_COMMIT = 192;

    /** How many more blocks make a batch for the early writer. */
    private static final int EARLY_BATCH = 128;

    /** Early writing ends when more than this part of what was written was changed again. */
    private static final int RARE = 8;

    private final BlockIo io;
    private final BlockCache cache;
    private final EarlyWriter earlyWriter;
    private final int limit;
    private final int leftForCommit;
    private final int earlyBatch;
    private List<Block> blocks = new ArrayList<>();

    /** How many of the blocks were looked at for the early writer, or are not meant for it. */
    private int passed;

    private int handedOver;
    private int changedAgain;

    /**
     * None.
     *
     * @param limit how many there may be before all are written
     */
    DirtyBlocks(BlockIo io, BlockCache cache, int limit) {
        this.io = io;
        this.cache = cache;
        this.earlyWriter = new EarlyWriter(io);
        this.limit = limit;
        this.leftForCommit = Math.min(LEFT_FOR_COMMIT, limit / 4);
        this.earlyBatch = Math.min(EARLY_BATCH, limit / 8);
        this.passed = leftForCommit;
    }

    void add(Block block) {
        blocks.add(block);
    }

    /** Whether a block of this transaction may be changed in place; if not, the caller makes a copy. */
    boolean mayChange(Block block) {
        if (block.early) {
            changedAgain++;
        }
        return !block.early;
    }

    /** Whether {@link #write} has something to do. */
    boolean areMany() {
        return blocks.size() - passed >= earlyBatch || blocks.size() >= limit;
    }

    /**
     * Between two changes, when there are many: writes all if there are too many to be kept, or begins to write some.
     *
     * @param mayBegin whether there is room enough for further copies, and nothing else that they could overwrite
     */
    void write(boolean mayBegin) throws MetadataException {
        if (blocks.size() >= limit) {
            writeAll();
        } else if (!earlyWriter.isBusy()) {
            earlyWriter.await();
            if (mayBegin && io.mayWait() && changedAgain <= handedOver / RARE) {
                beginEarly();
            } else {
                passed = Integer.MAX_VALUE;
            }
        }
    }

    private void writeAll() throws MetadataException {
        earlyWriter.await();
        List<Block> kept = new ArrayList<>();
        List<Block> written = new ArrayList<>(blocks.size());
        for (Block block : blocks) {
            if (block.dirty) {
                (block.filling ? kept : written).add(block);
            }
        }
        List<Block> toWrite = new ArrayList<>(written);
        toWrite.removeIf(block -> block.early);
        io.write(toWrite);
        for (Block block : written) {
            block.writableIn = 0;
            makeClean(block);
        }
        blocks = kept;
        passed = kept.size() + leftForCommit;
    }

    private void makeClean(Block block) {
        block.early = false;
        cache.makeClean(block);
    }

    private void beginEarly() {
        List<Block> batch = new ArrayList<>(blocks.size() - passed);
        for (Block block : blocks.subList(passed, blocks.size())) {
            if (block.dirty && !block.isInternal() && !block.filling) {
                block.early = true;
                block.writableIn = 0;
                batch.add(block);
            }
        }
        passed = blocks.size();
        handedOver += batch.size();
        earlyWriter.begin(batch);
    }

    /** Writes all that is still to be written, and the blocks given. When it returns, nothing is under way. */
    void writeForCommit(List<Block> images) throws MetadataException {
        earlyWriter.await();
        blocks.removeIf(block -> !block.dirty);
        List<Block> toWrite = new ArrayList<>(blocks.size() + images.size());
        for (Block block : blocks) {
            if (!block.early) {
                toWrite.add(block);
            }
        }
        toWrite.addAll(images);
        io.write(toWrite);
    }

    /** All of them are part of a durable commit. */
    void committed() {
        for (Block block : blocks) {
            makeClean(block);
        }
        startAnew();
    }

    /** Forgets all of them. */
    void abort() {
        earlyWriter.cancel();
        for (Block block : blocks) {
            block.dirty = false;
            cache.forget(block);
        }
        startAnew();
    }

    private void startAnew() {
        blocks.clear();
        passed = leftForCommit;
        handedOver = 0;
        changedAgain = 0;
    }

    /** Nothing is under way afterwards; what is in the list is as good as lost. */
    void end() {
        earlyWriter.cancel();
    }
}
