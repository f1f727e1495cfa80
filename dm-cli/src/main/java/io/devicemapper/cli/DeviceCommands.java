package io.devicemapper.cli;

import io.devicemapper.core.DmError;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.RemoveFlag;
import io.devicemapper.core.SuspendFlag;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The commands that change devices, or wait for them. */
final class DeviceCommands {
    /** How often {@code remove --retry} tries, and how long it waits in between: as dmsetup, 5 seconds in all. */
    private static final int REMOVE_ATTEMPTS = 25;

    private static final int REMOVE_INTERVAL_MILLIS = 200;

    private DeviceCommands() {}

    /** Suspends; a client that hangs up, or a daemon that stops, ends the wait for the bios under way. */
    static void suspend(CommandCall call) throws CliException, InterruptedException {
        call.forEachName(name -> call.caller().<Void, DmException>await(() -> {
            call.mapper().suspend(name, suspendFlags(call));
            return null;
        }));
    }

    static void resume(CommandCall call) throws CliException, InterruptedException {
        call.forEachName(name -> call.mapper().resume(name, suspendFlags(call)));
    }

    static SuspendFlag[] suspendFlags(CommandCall call) {
        Set<SuspendFlag> flags = EnumSet.noneOf(SuspendFlag.class);
        if (call.line().has(Option.NOFLUSH)) {
            flags.add(SuspendFlag.NOFLUSH);
        }
        if (call.line().has(Option.NOLOCKFS)) {
            flags.add(SuspendFlag.NOLOCKFS);
        }
        return flags.toArray(SuspendFlag[]::new);
    }

    static void remove(CommandCall call) throws CliException, InterruptedException {
        RemoveFlag[] flags = removeFlags(call);
        int attempts = call.line().has(Option.RETRY) ? REMOVE_ATTEMPTS : 1;
        call.forEachName(name -> remove(call, name, attempts, flags));
    }

    /** Only the pauses end when the client hangs up: a removal that has begun goes on to its end. */
    private static void remove(CommandCall call, String name, int attempts, RemoveFlag... flags)
            throws DmException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                call.mapper().remove(name, flags);
                return;
            } catch (DmException e) {
                if (e.error() != DmError.BUSY || attempt == attempts) {
                    throw e;
                }
            }
            call.caller().<Void, RuntimeException>await(() -> {
                TimeUnit.MILLISECONDS.sleep(REMOVE_INTERVAL_MILLIS);
                return null;
            });
        }
    }

    private static RemoveFlag[] removeFlags(CommandCall call) {
        Set<RemoveFlag> flags = EnumSet.noneOf(RemoveFlag.class);
        if (call.line().has(Option.FORCE)) {
            flags.add(RemoveFlag.FORCE);
        }
        if (call.line().has(Option.DEFERRED)) {
            flags.add(RemoveFlag.DEFERRED);
        }
        return flags.toArray(RemoveFlag[]::new);
    }

    static void removeAll(CommandCall call) throws DmException {
        List<MappedDevice> left = call.mapper().removeAll(removeFlags(call));
        if (!left.isEmpty()) {
            call.warn("remove_all: still in use: "
                    + String.join(", ", left.stream().map(MappedDevice::name).toList()));
        }
    }

    static void rename(CommandCall call) throws CliException, DmException {
        String to = call.operandsAfterDevice().get(0);
        if (call.line().has(Option.SETUUID)) {
            call.mapper().setUuid(call.deviceName(), to);
        } else {
            call.mapper().rename(call.deviceName(), CommandCall.plainName(to));
        }
    }

    static void message(CommandCall call) throws CliException, DmException {
        List<String> operands = call.operandsAfterDevice();
        String name = call.deviceName();
        long sector = call.parse(name + ": Invalid sector", "a number of sectors", operands.get(0), Long.MAX_VALUE);
        String reply = call.mapper().message(name, sector, String.join(" ", operands.subList(1, operands.size())));
        if (!reply.isEmpty()) {
            call.print(reply.endsWith("\n") ? reply : reply + "\n");
        }
    }

    static void waitForEvent(CommandCall call) throws CliException, InterruptedException {
        List<String> operands = call.operandsAfterDevice();
        MappedDevice device = call.device(call.deviceName());
        long known = operands.isEmpty()
                ? 0
                : call.parse(device.name() + ": event number", "a number", operands.get(0), Long.MAX_VALUE);
        call.caller().<Long, RuntimeException>await(() -> device.awaitEvent(known));
        if (call.line().has(Option.VERBOSE)) {
            call.print(InfoReport.block(ReportCommands.snapshot(device, false), true));
        }
    }
}
