package io.devicemapper.cli;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;

/** Carries out what clients ask for, in the daemon. Safe for use by several threads. */
final class Commands implements ControlServer.Handler {
    private final DeviceMapper mapper;

    Commands(DeviceMapper mapper) {
        this.mapper = mapper;
    }

    @Override
    public ControlResponse handle(ControlRequest request, ControlServer.Caller caller) {
        try {
            CommandLine line =
                    CommandLine.parse(request.arguments()).orElseThrow(() -> new CliException("no command given"));
            CommandSyntax syntax = line.syntax()
                    .orElseThrow(() -> new CliException("the daemon knows no command '" + line.command() + "'"));
            CommandCall call = new CommandCall(mapper, request, caller, line);
            run(syntax, call);
            return call.response();
        } catch (CliException | DmException e) {
            return ControlResponse.failure(e.getMessage());
        } catch (InterruptedException e) {
            return ControlResponse.failure("interrupted: the daemon is stopping");
        }
    }

    private static void run(CommandSyntax syntax, CommandCall call)
            throws CliException, DmException, InterruptedException {
        switch (syntax) {
            case CREATE -> TableCommands.create(call);
            case RELOAD -> TableCommands.reload(call);
            case WIPE_TABLE -> TableCommands.wipeTable(call);
            case CLEAR -> call.forEachName(name -> call.mapper().clear(name));
            case SUSPEND -> DeviceCommands.suspend(call);
            case RESUME -> DeviceCommands.resume(call);
            case REMOVE -> DeviceCommands.remove(call);
            case REMOVE_ALL -> DeviceCommands.removeAll(call);
            case RENAME -> DeviceCommands.rename(call);
            case MESSAGE -> DeviceCommands.message(call);
            case WAIT -> DeviceCommands.waitForEvent(call);
            case LS -> ReportCommands.ls(call);
            case INFO -> ReportCommands.info(call);
            case DEPS -> ReportCommands.deps(call);
            case STATUS -> ReportCommands.status(call);
            case TABLE -> ReportCommands.table(call);
            case TARGETS -> ReportCommands.targets(call);
            case TARGET_VERSION -> ReportCommands.targetVersion(call);
            case VERSION -> call.print(Versions.ofThisDaemon());
            case SERVE, HELP, SPLITNAME ->
                throw new CliException(syntax.commandName() + " is no command for the daemon");
        }
    }
}
