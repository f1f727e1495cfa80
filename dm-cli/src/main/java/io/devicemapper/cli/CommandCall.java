package io.devicemapper.cli;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import java.util.List;
import java.util.Optional;

/** One command of a client while the daemon carries it out: what was asked, on which devices, and the answer so far. */
final class CommandCall {
    private static final String NODE_PREFIX = "/dev/mapper/";

    private final DeviceMapper mapper;
    private final ControlRequest request;
    private final ControlServer.Caller caller;
    private final CommandLine line;
    private final StringBuilder output = new StringBuilder();
    private final StringBuilder errors = new StringBuilder();
    private boolean failed;

    CommandCall(DeviceMapper mapper, ControlRequest request, ControlServer.Caller caller, CommandLine line) {
        this.mapper = mapper;
        this.request = request;
        this.caller = caller;
        this.line = line;
    }

    DeviceMapper mapper() {
        return mapper;
    }

    ControlRequest request() {
        return request;
    }

    ControlServer.Caller caller() {
        return caller;
    }

    CommandLine line() {
        return line;
    }

    void print(String text) {
        output.append(text);
    }

    /** Makes the command end with exit status 1 and this line, after whatever else it still does. */
    void fail(String message) {
        warn(message);
        failed = true;
    }

    /** Prints a line on standard error that is no failure. */
    void warn(String message) {
        errors.append("dm: ").append(message).append('\n');
    }

    ControlResponse response() {
        return new ControlResponse(failed ? 1 : 0, output.toString(), errors.toString());
    }

    /** A device name without the folder in which Linux has the nodes of mapped devices. */
    static String plainName(String operand) {
        return operand.startsWith(NODE_PREFIX) ? operand.substring(NODE_PREFIX.length()) : operand;
    }

    /** The device that {@code --uuid}, or {@code --major} and {@code --minor}, name; empty if there are no such options. */
    Optional<MappedDevice> selected() throws CliException {
        Optional<String> uuid = line.value(Option.UUID);
        boolean byNumber = line.has(Option.MAJOR) || line.has(Option.MINOR);
        if (uuid.isPresent()) {
            if (byNumber) {
                throw new CliException(line.command() + ": name the device by --uuid or by --minor, not by both");
            }
            return Optional.of(mapper.deviceByUuid(uuid.get())
                    .orElseThrow(() -> new CliException("no device has the uuid '" + uuid.get() + "'")));
        }
        if (!byNumber) {
            return Optional.empty();
        }
        int minor = minor().orElseThrow(
                        () -> new CliException(line.command() + ": --major needs --minor, to name a device"));
        return Optional.of(mapper.deviceByMinor(minor)
                .orElseThrow(() -> new CliException("no device has the number " + MappedDevice.MAJOR + ":" + minor)));
    }

    /** The argument of {@code --minor}; checks that of {@code --major} along the way. */
    Optional<Integer> minor() throws CliException {
        Optional<String> major = line.value(Option.MAJOR);
        if (major.isPresent() && !major.get().equals(Integer.toString(MappedDevice.MAJOR))) {
            throw new CliException(line.command() + ": --major: expected " + MappedDevice.MAJOR
                    + ", the major number of every mapped device, found '" + major.get() + "'");
        }
        Optional<String> minor = line.value(Option.MINOR);
        return minor.isEmpty()
                ? Optional.empty()
                : Optional.of((int) parse("--minor", "a number below 2^20", minor.get(), Integer.MAX_VALUE));
    }

    /**
     * Reads a number that the user wrote.
     *
     * @param what stands in front of the message
     * @param expected what the message says was expected
     */
    long parse(String what, String expected, String text, long max) throws CliException {
        try {
            long value = Long.parseLong(text);
            if (value >= 0 && value <= max && text.charAt(0) != '+') {
                return value;
            }
        } catch (NumberFormatException e) {
            // Refused below, with every other text that is no such number.
        }
        throw new CliException(line.command() + ": " + what + ": expected " + expected + ", found '" + text + "'");
    }

    /** The name of the only device of a command that takes one. */
    String deviceName() throws CliException {
        Optional<MappedDevice> selected = selected();
        return selected.isPresent()
                ? selected.get().name()
                : plainName(line.operands().get(0));
    }

    /** The operands without the device. */
    List<String> operandsAfterDevice() throws CliException {
        return line.operands()
                .subList(selected().isPresent() ? 0 : 1, line.operands().size());
    }

    /** A device by name. */
    MappedDevice device(String name) throws CliException {
        return mapper.device(name).orElseThrow(() -> new CliException(name + ": Device does not exist."));
    }

    /** Does something with a device, whose failure is its own. */
    interface DeviceAction<T> {
        void accept(T device) throws CliException, DmException, InterruptedException;
    }

    /** Does something with each device that the command names; the others go on when one fails. */
    void forEachName(DeviceAction<String> action) throws CliException, InterruptedException {
        Optional<MappedDevice> selected = selected();
        List<String> names = selected.isPresent()
                ? List.of(selected.get().name())
                : line.operands().stream().map(CommandCall::plainName).toList();
        for (String name : names) {
            try {
                action.accept(name);
            } catch (CliException | DmException e) {
                fail(e.getMessage());
            }
        }
    }

    /** Whether the command is about every device there is, as it names none. */
    boolean isAboutAll() throws CliException {
        return line.operands().isEmpty() && selected().isEmpty();
    }

    /** Does something with each device that the command names, or with all if it names none. Says so if there are none at all. */
    void forEachDevice(DeviceAction<MappedDevice> action) throws CliException, InterruptedException {
        if (!isAboutAll()) {
            forEachName(name -> action.accept(device(name)));
            return;
        }
        List<MappedDevice> devices = mapper.devices();
        if (devices.isEmpty()) {
            print("No devices found\n");
        }
        for (MappedDevice device : devices) {
            try {
                action.accept(device);
            } catch (CliException | DmException e) {
                fail(e.getMessage());
            }
        }
    }
}
