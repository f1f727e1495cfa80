package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import java.util.Random;

/** Writes and flushes at random, what they promise, and whether a power cut leaves it so. */
final class DurabilityRun {
    private static final int MAX_BLOCKS = 24;

    private final Rig rig;
    private final Random random;
    private final DurabilityModel model = new DurabilityModel();

    DurabilityRun(Rig rig) throws Exception {
        this.rig = rig;
        this.random = new Random(rig.seed());
        rig.io().fill();
        rig.io().flush();
        for (long sector = 0; sector < rig.len(); sector++) {
            model.maybe(sector, rig.io().lastWritten(sector));
        }
    }

    /** Writes somewhere. Says whether that went well. */
    boolean write(int flags) throws Exception {
        long block = rig.block();
        long blocks = rig.len() / block;
        int length = (int) Math.min(1 + random.nextInt(MAX_BLOCKS), blocks);
        long sector = random.nextLong(blocks - length + 1) * block;
        int sectors = (int) (length * block);
        byte[] content = rig.io().newContent(sector, sectors);
        BioStatus status = rig.io().run(BioOp.WRITE, flags, sector, sectors, ByteBuffer.wrap(content));
        if (status.isOk() && (flags & BioFlags.PREFLUSH) != 0) {
            model.allDurable(); // all that was written before this one
        }
        if (status != BioStatus.UNSUPPORTED) { // which changes nothing
            model.maybe(sector, content);
        }
        if (status.isOk() && (flags & BioFlags.FUA) != 0) {
            model.durable(sector, sectors);
        }
        return status.isOk();
    }

    /** Makes some place zeroes, with FUA. */
    void writeZeroesDurably() throws Exception {
        long block = rig.block();
        long sector = random.nextLong(rig.len() / block) * block;
        model.maybe(sector, new byte[(int) block * Bio.SECTOR_SIZE]);
        rig.io().ok(BioOp.WRITE_ZEROES, BioFlags.FUA, sector, block, null);
        model.durable(sector, block);
    }

    /** Flushes. Says whether that went well. */
    boolean flush() throws Exception {
        boolean ok = rig.io().run(BioOp.FLUSH, BioFlags.NONE, 0, 0, null).isOk();
        if (ok) {
            model.allDurable();
        }
        return ok;
    }

    /** A bit of everything. Ends early if the power is gone. */
    void mixed(int steps) throws Exception {
        for (int i = 0; i < steps && !rig.power().isCut(); i++) {
            switch (random.nextInt(6)) {
                case 0 -> flush();
                case 1 -> write(rig.has(Behavior.FUA) ? BioFlags.FUA : BioFlags.NONE);
                case 2 -> write(BioFlags.PREFLUSH);
                default -> write(BioFlags.NONE);
            }
        }
    }

    /** Restarts on what the cut has left, and compares. */
    void restartAndCheck(String when) throws Exception {
        rig.restart();
        String told = when + ", after a power cut (" + rig.power() + ")";
        long chunk = MAX_BLOCKS * rig.block();
        for (long sector = 0; sector < rig.len(); sector += chunk) {
            byte[] found = rig.io().read(sector, (int) Math.min(chunk, rig.len() - sector));
            for (int i = 0; i < found.length / Bio.SECTOR_SIZE; i++) {
                model.check(sector + i, Content.sector(found, i), told);
            }
        }
    }
}
