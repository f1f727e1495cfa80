package io.devicemapper.core;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Takes the tables out of a device, whatever their targets do. Targets get the chance to end what they have; then bios that they keep are
 * taken from them, then devices that nobody else uses are closed under those that do not end below. What is still under way after that is
 * left alone: the table is taken apart when it has ended, perhaps never, and keeps its devices and classes until then.
 *
 * <p>Every call into a target is made on a thread that may be lost with it.
 */
final class TableEviction {
    private static final System.Logger LOG = System.getLogger(TableEviction.class.getName());

    private final MappedDevice device;
    private final LowerDevices lowerDevices;
    private final Executor threads;
    private final Duration patience;
    private boolean interrupted;

    /**
     * Prepares an eviction.
     *
     * @param threads runs what may not return
     * @param patience how long each step may take
     */
    TableEviction(MappedDevice device, LowerDevices lowerDevices, Executor threads, Duration patience) {
        this.device = device;
        this.lowerDevices = lowerDevices;
        this.threads = threads;
        this.patience = patience;
    }

    /**
     * Replaces the device's live table, and drops the inactive one. In a control operation. An interrupt makes all further steps short.
     *
     * @param next the table to put into service, or null for none
     */
    void run(LoadedTable next) {
        LoadedTable inactive = device.stage(null);
        LoadedTable old = device.live();
        String targets = old == null ? "" : names(old);
        CompletableFuture<Void> idle = CompletableFuture.completedFuture(null);
        CompletableFuture<Void> ended = idle;
        if (device.isSuspended() || old == null) {
            device.replace(next, true);
        } else {
            device.beginEviction();
            idle = drain(old);
            boolean drained = idle.isDone();
            ended = idle.thenRunAsync(old::postsuspend, threads);
            if (drained) {
                inTime(ended);
            }
            device.replace(next, drained);
        }
        CompletableFuture<Void> destroyed = old == null ? ended : ended.thenRunAsync(old::destroy, threads);
        if (inactive != null) {
            inTime(start(inactive::destroy));
        }
        if (!inTime(destroyed)) {
            tellLeftBehind(old, targets, idle.isDone());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Has bios end, as far as that is possible. Returns what is done when none is under way and no target's code runs on their behalf. */
    private CompletableFuture<Void> drain(LoadedTable old) {
        CompletableFuture<Void> told = start(old::presuspend);
        inTime(told);
        SuspendGate gate = device.gate();
        gate.close();
        CompletableFuture<Void> idle = CompletableFuture.allOf(told, gate.whenEmpty());
        if (inTime(idle)) {
            return idle;
        }
        threads.execute(old::condemn);
        if (inTime(idle)) {
            return idle;
        }
        threads.execute(() -> lowerDevices.closeUsedOnlyBy(old));
        inTime(idle);
        return idle;
    }

    private CompletableFuture<Void> start(Runnable step) {
        return CompletableFuture.runAsync(step, threads);
    }

    private boolean inTime(CompletableFuture<Void> step) {
        try {
            step.get(interrupted ? 0 : patience.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            interrupted = true;
            return step.isDone();
        } catch (ExecutionException e) {
            LOG.log(System.Logger.Level.ERROR, device.name() + ": forced removal: " + e.getCause(), e.getCause());
            return true;
        }
    }

    private static String names(LoadedTable table) {
        return table.targets().stream().map(TargetSlot::typeName).distinct().collect(Collectors.joining(", "));
    }

    private void tellLeftBehind(LoadedTable old, String targets, boolean idle) {
        String what = idle
                ? "a method of a target does not return, or its threads do not end"
                : "bios that do not end in a target or below it: "
                        + old.gate().piecesInside() + ", submissions that do not return: "
                        + old.gate().submissionsInside();
        LOG.log(
                System.Logger.Level.ERROR,
                () -> device.name() + ": table of " + targets + " put out by force: " + what
                        + "; it is taken apart when that is over, and keeps its devices and classes until then");
    }
}
