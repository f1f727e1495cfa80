package io.devicemapper.cli;

import io.devicemapper.cli.Report.Field;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What {@code dm info} prints: a block for each device, or with {@code -c} a row. */
final class InfoReport {
    private static final String NAMES = "name_all";
    private static final String INFO = "info_all";
    private static final String DEPS = "deps_all";
    private static final String DEFAULT_FIELDS = "name,major,minor,attr,open,segments,events,uuid";

    private InfoReport() {}

    /** A device, and all devices, among which are those that use it. */
    private record Row(DeviceInfo device, List<DeviceInfo> all) {
        List<DeviceInfo> users() {
            return all.stream()
                    .filter(other -> other.dependencies().stream()
                            .anyMatch(lower -> lower instanceof DeviceInfo.MappedLower mapped
                                    && mapped.major() == device.major()
                                    && mapped.minor() == device.minor()))
                    .toList();
        }
    }

    private static final Report<Row> COLUMNS = new Report<>(
            "info",
            List.of(
                    text("name", NAMES, "Name", 16, DeviceInfo::name),
                    text("uuid", NAMES, "UUID", 32, device -> device.uuid().orElse("")),
                    text("blkdevname", INFO, "BlkDevName", 16, DeviceInfo::blockDeviceName),
                    text("attr", INFO, "Stat", 4, InfoReport::attributes),
                    text("tables_loaded", INFO, "Tables", 6, InfoReport::tables),
                    text("suspended", INFO, "Suspended", 9, device -> device.suspended() ? "Suspended" : "Active"),
                    text("readonly", INFO, "Read-only", 9, device -> device.readOnly() ? "Read-only" : "Writeable"),
                    text("devno", INFO, "DevNo", 5, device -> device.number(":")),
                    number("major", INFO, "Maj", 3, DeviceInfo::major),
                    number("minor", INFO, "Min", 3, DeviceInfo::minor),
                    number("open", INFO, "Open", 4, DeviceInfo::openCount),
                    number("segments", INFO, "Targ", 4, DeviceInfo::targets),
                    number("events", INFO, "Event", 6, DeviceInfo::eventNumber),
                    number(
                            "device_count",
                            DEPS,
                            "#Devs",
                            5,
                            device -> device.dependencies().size()),
                    text("devs_used", DEPS, "DevNamesUsed", 16, InfoReport::mappedNames),
                    text(
                            "devnos_used",
                            DEPS,
                            "DevNosUsed",
                            16,
                            device -> join(device.dependencies().stream().map(lower -> lower.number(":")))),
                    text(
                            "blkdevs_used",
                            DEPS,
                            "BlkDevNamesUsed",
                            16,
                            device -> join(device.dependencies().stream().map(DeviceInfo.Lower::blockDeviceName))),
                    Field.number(
                            "device_ref_count",
                            DEPS,
                            "#Refs",
                            5,
                            row -> row.users().size()),
                    Field.text(
                            "names_using_dev",
                            DEPS,
                            "RefNames",
                            8,
                            row -> join(row.users().stream().map(DeviceInfo::name))),
                    Field.text(
                            "devnos_using_dev",
                            DEPS,
                            "RefDevNos",
                            9,
                            row -> join(row.users().stream().map(user -> user.number(":"))))),
            DEFAULT_FIELDS);

    private static Field<Row> text(
            String id, String group, String heading, int width, Function<DeviceInfo, String> value) {
        return Field.text(id, group, heading, width, row -> value.apply(row.device()));
    }

    private static Field<Row> number(
            String id, String group, String heading, int width, Function<DeviceInfo, Number> value) {
        return Field.number(id, group, heading, width, row -> value.apply(row.device()));
    }

    /**
     * Prints one row for each device.
     *
     * @param all every device there is, as the fields about users need
     */
    static String columns(CommandLine line, List<DeviceInfo> devices, List<DeviceInfo> all) throws CliException {
        return COLUMNS.print(
                line, devices.stream().map(device -> new Row(device, all)).toList());
    }

    /** The fields that {@link #columns} can show. */
    static String fieldHelp() {
        return COLUMNS.help();
    }

    /** Prints the block of a device, which ends with an empty line. */
    static String block(DeviceInfo device, boolean withOpenCount) {
        StringBuilder block = new StringBuilder();
        line(block, "Name:", device.name());
        line(block, "State:", state(device));
        line(block, "Tables present:", tablesPresent(device));
        if (withOpenCount) {
            line(block, "Open count:", Integer.toString(device.openCount()));
        }
        line(block, "Event number:", Long.toString(device.eventNumber()));
        line(block, "Major, minor:", device.number(", "));
        line(block, "Number of targets:", Integer.toString(device.targets()));
        device.uuid().ifPresent(uuid -> block.append("UUID: ").append(uuid).append('\n'));
        return block.append('\n').toString();
    }

    private static void line(StringBuilder block, String label, String value) {
        block.append(label)
                .append(" ".repeat("Number of targets: ".length() - label.length()))
                .append(value)
                .append('\n');
    }

    private static String state(DeviceInfo device) {
        return (device.suspended() ? "SUSPENDED" : "ACTIVE")
                + (device.readOnly() ? " (READ-ONLY)" : "")
                + (device.deferredRemove() ? " (DEFERRED REMOVE)" : "");
    }

    private static String tablesPresent(DeviceInfo device) {
        if (device.live()) {
            return device.inactive() ? "LIVE & INACTIVE" : "LIVE";
        }
        return device.inactive() ? "INACTIVE" : "None";
    }

    private static String tables(DeviceInfo device) {
        if (device.live()) {
            return device.inactive() ? "Both" : "Live";
        }
        return device.inactive() ? "Inact" : "None";
    }

    private static String attributes(DeviceInfo device) {
        return (device.live() ? "L" : "-")
                + (device.inactive() ? "I" : "-")
                + (device.suspended() ? "s" : "-")
                + (device.readOnly() ? "r" : "w");
    }

    private static String mappedNames(DeviceInfo device) {
        return join(device.dependencies().stream()
                .filter(lower -> lower instanceof DeviceInfo.MappedLower)
                .map(DeviceInfo.Lower::name));
    }

    private static String join(Stream<String> names) {
        return names.collect(Collectors.joining(","));
    }
}
