package io.devicemapper.targets.cache.torture;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.RemoveFlag;
import io.devicemapper.core.SuspendFlag;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Suspends, reloads, drops everything and changes the mode, all while bios come, until the power is cut or enough has been done. */
final class Operator {
    private static final long PATIENCE_SECONDS = 60;

    private final CacheBed bed;
    private final Random random;
    private final FutureTask<Integer> task = new FutureTask<>(this::operate);
    private volatile boolean over;

    private Operator(CacheBed bed, Random random) {
        this.bed = bed;
        this.random = random;
    }

    /** Begins. */
    static Operator start(CacheBed bed, Random random) {
        Operator operator = new Operator(bed, random);
        new Thread(operator.task, "operator").start();
        return operator;
    }

    /** Whether he has ended by himself, which he does where something failed. */
    boolean isDone() {
        return task.isDone();
    }

    /**
     * Has him end, and waits for that.
     *
     * @return how many operations went well
     * @throws AssertionError if one failed with the power on
     */
    int end() throws Exception {
        over = true;
        try {
            return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(bed.setup + ": " + e.getCause().getMessage(), e.getCause());
        }
    }

    private int operate() throws DmException {
        int done = 0;
        try {
            while (!over && !bed.power.isCut()) {
                operateOnce();
                done++;
            }
        } catch (DmException e) {
            if (!bed.power.isCut()) {
                throw e;
            }
            // A cache that cannot be resumed any more holds bios back, which nobody may wait for.
            bed.deviceMapper().remove(CacheBed.NAME, RemoveFlag.FORCE);
        }
        return done;
    }

    private void operateOnce() throws DmException {
        DeviceMapper deviceMapper = bed.deviceMapper();
        switch (random.nextInt(5)) {
            case 0 -> {
                deviceMapper.suspend(CacheBed.NAME);
                deviceMapper.resume(CacheBed.NAME);
            }
            case 1 -> {
                deviceMapper.suspend(CacheBed.NAME, SuspendFlag.NOFLUSH);
                deviceMapper.resume(CacheBed.NAME);
            }
            case 2 -> {
                String[] features = {"1 writethrough", "1 passthrough", "2 writethrough no_discard_passdown"};
                // The last one is not put into service: its discards do nothing, which the history does not know.
                deviceMapper.load(CacheBed.NAME, bed.table(features[random.nextInt(3)], bed.policy()));
                deviceMapper.load(CacheBed.NAME, bed.table(features[random.nextInt(2)], bed.policy()));
                deviceMapper.resume(CacheBed.NAME);
            }
            case 3 -> deviceMapper.message(CacheBed.NAME, 0, "drop");
            default -> {
                deviceMapper.load(CacheBed.NAME, bed.table());
                deviceMapper.clear(CacheBed.NAME);
            }
        }
    }
}
