package io.devicemapper.targets.cache.torture;

import io.devicemapper.block.BioStatus;
import io.devicemapper.cache.Migration;
import io.devicemapper.core.DmException;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.Fault;
import io.devicemapper.testkit.FaultDevice;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * A history of one bio after another, with promotions and evictions among them, during which one device fails at its n-th bio. Afterwards the device is well
 * again, the cache is started anew, and every byte that was acknowledged must be there.
 */
final class FaultRun {
    private static final int STEPS = 40;
    private static final int MORE_STEPS = 8;
    private static final int BIOS_BETWEEN_MIGRATIONS = 5;

    /** Which of the devices fails. */
    enum Victim {
        METADATA,
        CACHE,
        ORIGIN
    }

    /** How it fails. */
    enum Kind {
        /** One bio is not carried out. */
        ONCE,
        /** One bio is carried out, and fails nevertheless. */
        ANSWER_LOST,
        /** No bio is carried out any more. */
        FROM_THEN_ON,
        /** As that, and the power is cut before the device comes back. */
        FROM_THEN_ON_AND_POWER_CUT,
        /** One bio is not carried out, and later the power is cut. */
        ONCE_AND_POWER_CUT;

        private boolean cutsPower() {
            return this == FROM_THEN_ON_AND_POWER_CUT || this == ONCE_AND_POWER_CUT;
        }
    }

    private final CacheBed bed;
    private final Random random;
    private final String told;

    private FaultRun(CacheBed bed, String told) {
        this.bed = bed;
        this.random = new Random(bed.setup.seed());
        this.told = told;
    }

    /**
     * Runs it.
     *
     * @param bio which of the device's bios is the first to fail, from 1 on
     * @return whether the device came to that bio
     */
    static boolean run(Subject subject, CacheBed.Setup setup, Victim victim, Kind kind, long bio) throws Exception {
        String told = victim + " fails " + kind + " at bio " + bio + " in " + setup;
        try (CacheBed bed = new CacheBed(subject, setup)) {
            FaultDevice device =
                    switch (victim) {
                        case METADATA -> bed.metadata.faults;
                        case CACHE -> bed.cache.faults;
                        case ORIGIN -> bed.origin.faults;
                    };
            BioMatch all = BioMatch.any();
            Fault fault =
                    switch (kind) {
                        case ONCE, ONCE_AND_POWER_CUT -> device.fail(all.nth(bio), BioStatus.IO);
                        case ANSWER_LOST -> device.failAfterwards(all.nth(bio), BioStatus.IO);
                        case FROM_THEN_ON, FROM_THEN_ON_AND_POWER_CUT -> device.fail(all.after(bio - 1), BioStatus.IO);
                    };
            FaultRun run = new FaultRun(bed, told);
            run.history(() -> fault.hits() > 0);
            boolean struck = fault.hits() > 0;
            run.end(kind, device);
            return struck;
        }
    }

    /**
     * How many migrations there are without a fault: if there were none, nothing would be tested.
     */
    static int migrations(Subject subject, CacheBed.Setup setup) throws Exception {
        try (CacheBed bed = new CacheBed(subject, setup)) {
            new FaultRun(bed, setup.toString()).history(() -> false);
            return bed.channel.done();
        }
    }

    private void history(BooleanSupplier struck) throws Exception {
        if (start(struck)) {
            work(STEPS, struck);
            bed.stop();
            if (start(struck)) {
                work(MORE_STEPS, struck);
            }
        }
    }

    private boolean start(BooleanSupplier struck) throws DmException {
        try {
            bed.start();
            return true;
        } catch (DmException e) {
            if (!struck.getAsBoolean()) {
                throw new AssertionError(told + ": cannot be opened: " + e.getMessage(), e);
            }
            bed.stop();
            return false;
        }
    }

    private void work(int steps, BooleanSupplier struck) throws Exception {
        TortureIo io = new TortureIo(bed, struck, told);
        for (int step = 0; step < steps; step++) {
            if (step % BIOS_BETWEEN_MIGRATIONS == 0) {
                io.tryToMigrate(migration(), struck);
            }
            io.random(random);
            io.await(0);
        }
    }

    private Migration migration() {
        long in = random.nextInt(bed.setup.originBlocks());
        var residents = bed.channel.residents();
        boolean full = residents.size() >= bed.setup.cacheBlocks() - 1;
        if (residents.contains(in)) {
            return Migration.evict(in);
        }
        return full ? Migration.replace(residents.get(random.nextInt(residents.size())), in) : Migration.promote(in);
    }

    private void end(Kind kind, FaultDevice device) throws Exception {
        if (kind.cutsPower()) {
            bed.power.cut();
        }
        bed.stop();
        device.removeAll();
        if (kind.cutsPower()) {
            bed.history.powerCut();
            bed.power.restore();
        }
        bed.checkBreaches(told);
        bed.start();
        TortureIo io = new TortureIo(bed, () -> false, told + ", after the restart");
        if (kind.cutsPower()) {
            io.settleAll();
        } else {
            io.readAll();
        }
        io.evictAll();
        io.readAll();
        bed.stop();
        bed.checkAtRest(told);
        bed.checkBreaches(told);
    }
}
