package io.devicemapper.targets.cache.torture;

import io.devicemapper.core.DmException;
import io.devicemapper.testkit.PowerCut;
import java.util.Random;

/**
 * Several lives of one cache, each ended by a power cut, also while it is being opened. After each cut a kernel takes over a copy of what is
 * left; then the cache itself goes on, and each block is read, evicted, and read again.
 */
final class PowerCutRun {
    private static final int MAX_BIOS = 40;
    private static final int MAX_OPERATIONS = 160;

    /** Each of these cuts the power while the cache is opened; so many that each place is hit in time. */
    private static final int MAX_OPERATIONS_OF_OPENING = 30;

    private final CacheBed bed;
    private final Random random;
    private final PowerCut power;
    private final String told;
    private int cuts;

    private PowerCutRun(CacheBed bed, String told) {
        this.bed = bed;
        this.random = new Random(bed.setup.seed());
        this.power = bed.power;
        this.told = told;
    }

    /**
     * Runs it.
     *
     * @param lives how many
     * @return how many power cuts there were
     * @throws AssertionError if something is wrong; its message has the seed
     */
    static int run(Subject subject, CacheBed.Setup setup, int lives, AfterCut afterCut) throws Exception {
        String told = setup.toString();
        try (CacheBed bed = new CacheBed(subject, setup)) {
            PowerCutRun run = new PowerCutRun(bed, told);
            for (int life = 1; life <= lives; life++) {
                run.live(life, afterCut);
            }
            run.restart("at the end");
            run.verify("at the end");
            bed.stop();
            bed.checkAtRest(told + ", at the end");
            bed.checkBreaches(told);
            return run.cuts;
        }
    }

    /** What else to look at while the power is off. */
    @FunctionalInterface
    interface AfterCut {
        void look(CacheBed bed, int cut, String when) throws Exception;
    }

    private void live(int life, AfterCut afterCut) throws Exception {
        String when = told + ", life " + life;
        if (random.nextInt(3) == 0) {
            power.afterOperations(random.nextInt(MAX_OPERATIONS_OF_OPENING));
        }
        if (restart(when)) {
            if (!power.isCut() && life > 1 && random.nextInt(3) > 0) {
                verify(when);
            }
            if (!power.isCut()) {
                work(when);
            }
        }
        cutAndCheck(when, afterCut);
    }

    private boolean restart(String when) {
        return open(bed, when);
    }

    /** Opens a cache. Says whether it could be opened; if not, the power must be off. */
    static boolean open(CacheBed bed, String when) {
        try {
            bed.start();
            return true;
        } catch (DmException e) {
            if (!bed.power.isCut()) {
                throw new AssertionError(when + ": cannot be opened: " + e.getMessage(), e);
            }
            return false;
        }
    }

    private void verify(String when) throws Exception {
        TortureIo io = new TortureIo(bed, power::isCut, when);
        io.settleAll();
        if (bed.setup.policy() == null && !power.isCut()) {
            io.evictAll();
        }
        io.readAll();
    }

    private void work(String when) throws Exception {
        power.afterOperations(random.nextInt(MAX_OPERATIONS));
        bed.channel.migrateAtRandom(new Random(random.nextLong()));
        int threads = 1 + random.nextInt(3);
        TortureIo io = new TortureIo(bed, power::isCut, when);
        Operator operator = bed.setup.operated() ? Operator.start(bed, new Random(random.nextLong())) : null;
        try {
            RandomLoad.run(io, random, threads, MAX_BIOS, 1 + random.nextInt(6), power::isCut);
        } finally {
            if (operator != null) {
                bed.operated(operator.end());
            }
        }
    }

    private void cutAndCheck(String when, AfterCut afterCut) throws Exception {
        power.cut();
        cuts++;
        bed.stop();
        bed.history.powerCut();
        bed.checkBreaches(when);
        String afterwards = when + ", after the cut (" + power + ")";
        bed.checkTakeover(afterwards);
        afterCut.look(bed, cuts, afterwards);
        power.restore();
    }
}
