package io.devicemapper.testkit;

import io.devicemapper.core.CreateRequest;
import io.devicemapper.core.Dependency;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.SuspendFlag;
import io.devicemapper.core.TableView;
import io.devicemapper.core.TargetView;
import io.devicemapper.target.StatusType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * The commands of transcripts, carried out on a device mapper. Answers are lists of facts, in a form that the lines of dmsetup can be brought
 * into as well.
 */
final class GoldenCommands {
    private final GoldenBed bed;
    private final DeviceMapper deviceMapper;

    GoldenCommands(GoldenBed bed) {
        this.bed = bed;
        this.deviceMapper = bed.deviceMapper();
    }

    /** What dmsetup printed, in the form of {@link #run}. */
    List<String> normalised(GoldenStep step) {
        List<String> lines = step.values("out");
        return switch (verb(step)) {
            case "info -c" ->
                lines.isEmpty() || step.words().contains("--noheadings") ? lines : words(lines.get(lines.size() - 1));
            case "info" ->
                lines.stream()
                        .filter(line -> !line.isEmpty() && !line.startsWith("Read Ahead:"))
                        .map(line -> line.replaceFirst(":\\s+", ": "))
                        .toList();
            default -> lines;
        };
    }

    /** Carries a command out, and answers with what is to be compared. */
    List<String> run(GoldenStep step) throws DmException {
        String name = step.words().get(step.words().size() - 1);
        return switch (verb(step)) {
            case "create" -> {
                create(step);
                yield List.of();
            }
            case "remove", "remove --retry" -> {
                deviceMapper.remove(name);
                yield List.of();
            }
            case "message" -> message(step);
            case "resume" -> {
                deviceMapper.resume(name);
                yield List.of();
            }
            case "table" -> table(name, target -> target.status(StatusType.TABLE));
            case "table --showkeys" -> table(name, TargetView::tableWithKeys);
            case "status" -> table(name, target -> target.status(StatusType.INFO));
            case "info" -> info(bed.mapped(name));
            case "info -c" ->
                step.words().contains("-o")
                        ? List.of(chosenColumns(step, bed.mapped(name)))
                        : infoColumns(bed.mapped(name));
            case "load" -> {
                deviceMapper.load(name, step.standardInput());
                yield List.of();
            }
            case "suspend", "suspend --nolockfs", "suspend --noflush" -> {
                deviceMapper.suspend(name, suspendFlags(step));
                yield List.of();
            }
            case "deps" -> List.of(dependencies(bed.mapped(name)));
            default -> throw new IllegalArgumentException("no way to replay '" + step.text() + "'");
        };
    }

    /** The sub-command and its first option. */
    private static String verb(GoldenStep step) {
        List<String> words = step.words();
        if (words.size() < 3 || !words.get(0).equals("dmsetup")) {
            throw new IllegalArgumentException("no way to replay '" + step.text() + "'");
        }
        boolean hasOption = words.get(2).startsWith("-");
        return hasOption ? words.get(1) + " " + words.get(2) : words.get(1);
    }

    private static SuspendFlag[] suspendFlags(GoldenStep step) {
        return step.words().contains("--noflush") ? new SuspendFlag[] {SuspendFlag.NOFLUSH} : new SuspendFlag[0];
    }

    /** {@code dmsetup info -c --noheadings -o COLUMN,COLUMN… DEVICE} */
    private static String chosenColumns(GoldenStep step, MappedDevice device) {
        String columns = step.words().get(step.words().indexOf("-o") + 1);
        List<String> values = new ArrayList<>();
        for (String column : columns.split(",", -1)) {
            values.add(
                    switch (column) {
                        case "name" -> device.name();
                        case "attr" -> attributes(device);
                        case "open" -> String.valueOf(device.openCount());
                        case "events" -> String.valueOf(device.eventNumber());
                        default -> throw new IllegalArgumentException("no way to replay '" + step.text() + "'");
                    });
        }
        return String.join(":", values);
    }

    private static String attributes(MappedDevice device) {
        return (device.liveTable().isPresent() ? "L" : "-")
                + (device.inactiveTable().isPresent() ? "I" : "-")
                + (device.isSuspended() ? "s" : "-")
                + (device.isReadOnly() ? "r" : "w");
    }

    private void create(GoldenStep step) throws DmException {
        CreateRequest request = CreateRequest.named(step.words().get(2)).table(step.standardInput());
        List<String> options = step.words().subList(3, step.words().size());
        for (int i = 0; i < options.size(); i++) {
            switch (options.get(i)) {
                case "-u" -> request = request.uuid(options.get(++i));
                case "--readonly" -> request = request.readOnly(true);
                case "--notable" -> request = request.noTable();
                default -> throw new IllegalArgumentException("no way to replay '" + step.text() + "'");
            }
        }
        deviceMapper.create(request);
    }

    /** {@code dmsetup message NAME SECTOR WORD...}. */
    private List<String> message(GoldenStep step) throws DmException {
        List<String> words = step.words();
        String answer = deviceMapper.message(
                words.get(2), Long.parseLong(words.get(3)), String.join(" ", words.subList(4, words.size())));
        return answer.isEmpty() ? List.of() : List.of(answer);
    }

    private List<String> table(String name, Function<TargetView, String> text) throws DmException {
        List<String> lines = new ArrayList<>();
        for (TargetView target : targets(bed.mapped(name))) {
            lines.add(target.begin() + " " + target.len() + " " + target.typeName() + " "
                    + bed.inNumbers(text.apply(target)));
        }
        return lines;
    }

    private static List<? extends TargetView> targets(MappedDevice device) {
        return device.liveTable()
                .<List<? extends TargetView>>map(TableView::targets)
                .orElse(List.of());
    }

    private static List<String> info(MappedDevice device) {
        boolean live = device.liveTable().isPresent();
        boolean inactive = device.inactiveTable().isPresent();
        List<String> facts = new ArrayList<>();
        facts.add("Name: " + device.name());
        facts.add("State: " + (device.isSuspended() ? "SUSPENDED" : "ACTIVE")
                + (device.isReadOnly() ? " (READ-ONLY)" : ""));
        facts.add("Tables present: " + (live ? inactive ? "LIVE & INACTIVE" : "LIVE" : inactive ? "INACTIVE" : "None"));
        facts.add("Open count: " + device.openCount());
        facts.add("Event number: " + device.eventNumber());
        facts.add("Major, minor: " + device.major() + ", " + device.minor());
        facts.add("Number of targets: " + targets(device).size());
        device.uuid().ifPresent(uuid -> facts.add("UUID: " + uuid));
        return facts;
    }

    private static List<String> infoColumns(MappedDevice device) {
        List<String> columns = new ArrayList<>();
        columns.add(device.name());
        columns.add(String.valueOf(device.major()));
        columns.add(String.valueOf(device.minor()));
        columns.add(attributes(device));
        columns.add(String.valueOf(device.openCount()));
        columns.add(String.valueOf(targets(device).size()));
        columns.add(String.valueOf(device.eventNumber()));
        device.uuid().ifPresent(columns::add);
        return columns;
    }

    private String dependencies(MappedDevice device) {
        List<Dependency> dependencies =
                device.liveTable().map(TableView::dependencies).orElse(List.of());
        StringBuilder line = new StringBuilder(dependencies.size() + " dependencies\t:");
        for (Dependency dependency : dependencies) {
            line.append(" (")
                    .append(bed.number(dependency.name()).replace(":", ", "))
                    .append(')');
        }
        return line.toString();
    }

    private static List<String> words(String line) {
        return Arrays.asList(line.strip().split("\\s+"));
    }
}
