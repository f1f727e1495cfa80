package io.devicemapper.cli;

import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.TableView;
import io.devicemapper.core.TargetInfo;
import io.devicemapper.core.TargetView;
import io.devicemapper.target.StatusType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The commands that only look. */
final class ReportCommands {
    private ReportCommands() {}

    /** A moment's view of a device; of its inactive table if that is asked for, else of its live one. */
    static DeviceInfo snapshot(MappedDevice device, boolean ofInactive) {
        Optional<TableView> live = device.liveTable();
        Optional<TableView> inactive = device.inactiveTable();
        Optional<TableView> table = ofInactive ? inactive : live;
        return new DeviceInfo(
                device.name(),
                device.uuid(),
                device.major(),
                device.minor(),
                device.eventNumber(),
                device.openCount(),
                device.isSuspended(),
                device.isReadOnly(),
                device.isDeferredRemove(),
                live.isPresent(),
                inactive.isPresent(),
                table.map(view -> view.targets().size()).orElse(0),
                table.map(ReportCommands::lowerDevices).orElse(List.of()));
    }

    private static List<DeviceInfo.Lower> lowerDevices(TableView table) {
        List<DeviceInfo.Lower> lower = new ArrayList<>();
        table.dependencies()
                .forEach(dependency -> lower.add(dependency
                        .mapped()
                        .<DeviceInfo.Lower>map(
                                device -> new DeviceInfo.MappedLower(device.name(), device.major(), device.minor()))
                        .orElseGet(() -> new DeviceInfo.OtherLower(dependency.name()))));
        return lower;
    }

    private static List<DeviceInfo> snapshots(CommandCall call) {
        return call.mapper().devices().stream()
                .map(device -> snapshot(device, false))
                .toList();
    }

    static void ls(CommandCall call) throws CliException {
        List<DeviceInfo> devices = snapshots(call);
        String options = call.line().value(Option.OPTIONS).orElse("");
        Optional<String> type = call.line().value(Option.TARGET);
        if (call.line().has(Option.TREE)) {
            call.print(DeviceTree.print(devices, options, call.request().utf8()));
        } else if (type.isPresent()) {
            for (MappedDevice device : call.mapper().devices()) {
                boolean matches = device.liveTable().stream()
                        .flatMap(table -> table.targets().stream())
                        .anyMatch(target -> target.typeName().equals(type.get()));
                if (matches) {
                    call.print(device.name() + "\t(" + device.major() + ", " + device.minor() + ")\n");
                }
            }
        } else {
            Function<DeviceInfo, String> shown =
                    switch (options) {
                        case "", "devno" -> device -> device.number(":");
                        case "devname" -> DeviceInfo::name;
                        case "blkdevname" -> DeviceInfo::blockDeviceName;
                        default -> throw unknownDeviceOption(call, options);
                    };
            devices.forEach(device -> call.print(device.name() + "\t(" + shown.apply(device) + ")\n"));
        }
        if (devices.isEmpty()) {
            call.print("No devices found\n");
        }
    }

    private static CliException unknownDeviceOption(CommandCall call, String option) {
        return new CliException(
                call.line().command() + ": -o: expected devno, devname or blkdevname, found '" + option + "'");
    }

    static void info(CommandCall call) throws CliException, InterruptedException {
        boolean columns = call.line().has(Option.COLUMNS) || call.line().has(Option.OPTIONS);
        boolean ofInactive = call.line().has(Option.INACTIVE);
        List<DeviceInfo> devices = new ArrayList<>();
        call.forEachDevice(device -> devices.add(snapshot(device, ofInactive)));
        if (devices.isEmpty()) {
            return;
        }
        if (columns) {
            call.print(InfoReport.columns(call.line(), devices, snapshots(call)));
        } else {
            devices.forEach(
                    device -> call.print(InfoReport.block(device, !call.line().has(Option.NOOPENCOUNT))));
        }
    }

    static void deps(CommandCall call) throws CliException, InterruptedException {
        String option = call.line().value(Option.OPTIONS).orElse("devno");
        Function<DeviceInfo.Lower, String> shown =
                switch (option) {
                    case "devno" -> lower -> lower.number(", ");
                    case "devname" -> DeviceInfo.Lower::name;
                    case "blkdevname" -> DeviceInfo.Lower::blockDeviceName;
                    default -> throw unknownDeviceOption(call, option);
                };
        boolean all = call.isAboutAll();
        call.forEachDevice(device -> {
            List<DeviceInfo.Lower> lower =
                    snapshot(device, call.line().has(Option.INACTIVE)).dependencies();
            call.print((all ? device.name() + ": " : "") + lower.size() + " dependencies\t:");
            lower.forEach(each -> call.print(" (" + shown.apply(each) + ")"));
            call.print("\n");
        });
    }

    static void status(CommandCall call) throws CliException, InterruptedException {
        targetLines(call, target -> target.status(StatusType.INFO));
    }

    static void table(CommandCall call) throws CliException, InterruptedException {
        Function<TargetView, String> arguments = call.line().has(Option.SHOWKEYS)
                ? TargetView::tableWithKeys
                : target -> target.status(StatusType.TABLE);
        if (call.line().has(Option.CONCISE)) {
            concise(call, arguments);
        } else {
            targetLines(call, arguments);
        }
    }

    private static Optional<TableView> table(CommandCall call, MappedDevice device) {
        return call.line().has(Option.INACTIVE) ? device.inactiveTable() : device.liveTable();
    }

    private static String line(TargetView target, Function<TargetView, String> payload) {
        return target.begin() + " " + target.len() + " " + target.typeName() + " " + payload.apply(target);
    }

    private static void targetLines(CommandCall call, Function<TargetView, String> payload)
            throws CliException, InterruptedException {
        boolean all = call.isAboutAll();
        Optional<String> type = call.line().value(Option.TARGET);
        call.forEachDevice(device -> {
            String prefix = all ? device.name() + ": " : "";
            Optional<TableView> table = table(call, device);
            if (table.isEmpty() && type.isEmpty()) {
                call.print(prefix + "\n");
            }
            for (TargetView target :
                    table.<List<? extends TargetView>>map(TableView::targets).orElse(List.of())) {
                if (type.isEmpty() || type.get().equals(target.typeName())) {
                    call.print(prefix + line(target, payload) + "\n");
                }
            }
        });
    }

    private static void concise(CommandCall call, Function<TargetView, String> arguments)
            throws CliException, InterruptedException {
        Optional<String> type = call.line().value(Option.TARGET);
        List<String> devices = new ArrayList<>();
        call.forEachDevice(device -> {
            Optional<TableView> table = table(call, device);
            StringBuilder concise = new StringBuilder(ConciseFormat.escape(device.name()))
                    .append(',')
                    .append(ConciseFormat.escape(device.uuid().orElse("")))
                    .append(',')
                    .append(device.minor())
                    .append(',')
                    .append(device.isReadOnly() ? "ro" : "rw");
            for (TargetView target :
                    table.<List<? extends TargetView>>map(TableView::targets).orElse(List.of())) {
                if (type.isEmpty() || type.get().equals(target.typeName())) {
                    concise.append(',').append(ConciseFormat.escape(line(target, arguments)));
                }
            }
            devices.add(concise.toString());
        });
        if (!devices.isEmpty()) {
            call.print(String.join(";", devices) + "\n");
        }
    }

    /** The first two columns are dmsetup's; a name in brackets is none of a target. */
    static void targets(CommandCall call) {
        for (TargetInfo target : call.mapper().targets()) {
            call.print(version(target) + "  API level " + target.apiLevel() + ", in " + target.tablesInUse()
                    + (target.tablesInUse() == 1 ? " table, from " : " tables, from ") + target.location() + "\n");
        }
        call.mapper()
                .refusedProviders()
                .forEach(refused -> call.print(
                        String.format("%-16s -  %s: %s%n", "(refused)", refused.location(), refused.reason())));
    }

    static void targetVersion(CommandCall call) {
        if (call.line().operands().isEmpty()) {
            call.mapper().targets().forEach(target -> call.print(version(target) + "\n"));
        }
        for (String type : call.line().operands()) {
            List<TargetInfo> versions = call.mapper().targets().stream()
                    .filter(target -> target.name().equals(type))
                    .toList();
            versions.forEach(target -> call.print(version(target) + "\n"));
            if (versions.isEmpty()) {
                call.fail(type + ": unknown target type");
            }
        }
    }

    private static String version(TargetInfo target) {
        return String.format("%-16s v%s", target.name(), target.version());
    }
}
