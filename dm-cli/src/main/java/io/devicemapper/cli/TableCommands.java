package io.devicemapper.cli;

import io.devicemapper.core.CreateRequest;
import io.devicemapper.core.DmException;
import io.devicemapper.core.LoadRequest;
import io.devicemapper.core.TableView;
import java.util.List;
import java.util.Optional;

/** The commands that take or make a table. */
final class TableCommands {
    private TableCommands() {}

    static void create(CommandCall call) throws CliException, DmException {
        CommandLine line = call.line();
        if (line.has(Option.CONCISE)) {
            createConcise(call);
            return;
        }
        CreateRequest create = CreateRequest.named(
                        CommandCall.plainName(line.operands().get(0)))
                .directory(call.request().directory())
                .readOnly(line.has(Option.READONLY));
        Optional<String> uuid = line.value(Option.UUID);
        if (uuid.isPresent()) {
            create = create.uuid(uuid.get());
        }
        Optional<Integer> minor = call.minor();
        if (minor.isPresent()) {
            create = create.minor(minor.get());
        }
        call.mapper().create(line.has(Option.NOTABLE) ? create : create.table(table(call)));
    }

    private static void createConcise(CommandCall call) throws CliException {
        List<String> operands = call.line().operands();
        String text = operands.isEmpty() ? input(call) : operands.get(0);
        List<DeviceSpec> devices;
        try {
            devices = ConciseFormat.parse(text, 1);
        } catch (SyntaxException e) {
            throw new CliException("create: line " + e.line() + ": " + e.getMessage(), e);
        }
        DeviceBatch batch = new DeviceBatch(call.mapper());
        try {
            for (DeviceSpec device : devices) {
                batch.create(device, call.request().directory());
            }
        } catch (DmException e) {
            batch.undo();
            throw new CliException(e.getMessage(), e);
        }
    }

    static void reload(CommandCall call) throws CliException, DmException {
        call.mapper()
                .load(
                        call.deviceName(),
                        LoadRequest.of(table(call))
                                .readOnly(call.line().has(Option.READONLY))
                                .directory(call.request().directory()));
    }

    private static String table(CommandCall call) throws CliException {
        Optional<String> given = call.line().value(Option.TABLE);
        return given.isPresent() ? given.get() : input(call);
    }

    private static String input(CommandCall call) throws CliException {
        return call.request()
                .input()
                .orElseThrow(() -> new CliException(call.line().command() + ": the client sent no table"));
    }

    /** As in dmsetup, a read-only device is writable afterwards: an ordinary load and resume of another table. */
    static void wipeTable(CommandCall call) throws CliException, InterruptedException {
        call.forEachName(name -> {
            TableView live = call.device(name)
                    .liveTable()
                    .orElseThrow(() -> new CliException(name + ": has no live table to wipe"));
            call.mapper().load(name, LoadRequest.of("0 " + live.sectors() + " error"));
            call.mapper().resume(name, DeviceCommands.suspendFlags(call));
        });
    }
}
