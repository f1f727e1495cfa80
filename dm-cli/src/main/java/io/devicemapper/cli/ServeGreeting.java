package io.devicemapper.cli;

import io.devicemapper.core.MappedDevice;
import java.net.SocketAddress;
import java.util.List;
import java.util.Locale;

/** What {@code dm serve} prints when it is ready: what there is, and how to try it. */
final class ServeGreeting {
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private ServeGreeting() {}

    /**
     * The text.
     *
     * @param command how to call {@code dm} so that it finds this daemon
     * @param devices in the order of their names
     * @param addresses where the NBD server listens
     */
    static String of(Home home, String command, List<MappedDevice> devices, List<SocketAddress> addresses) {
        StringBuilder text = new StringBuilder("Serving from ").append(home).append("\n\n");
        for (MappedDevice device : devices) {
            text.append(device.name())
                    .append("  ")
                    .append(device.sectors())
                    .append(" sectors, ")
                    .append(size(device.sectors()))
                    .append(device.isReadOnly() ? ", read-only" : "")
                    .append('\n');
            addresses.forEach(address -> text.append("    ")
                    .append(NbdUris.of(device.name(), address))
                    .append('\n'));
        }
        if (devices.isEmpty()) {
            text.append("No devices yet. Every device that is created is exported under its name at\n");
            addresses.forEach(address ->
                    text.append("    ").append(NbdUris.of("NAME", address)).append('\n'));
            text.append("\nTry:  ")
                    .append(command)
                    .append(" create scratch --table '0 2048 linear ram:scratch?size=1M 0'\n");
        } else {
            MappedDevice top = devices.stream()
                    .filter(device -> device.openCount() == 0)
                    .findFirst()
                    .orElse(devices.get(0));
            String uri = NbdUris.of(top.name(), addresses.get(0));
            text.append("\nTry:  nbdinfo '").append(uri).append("'\n");
            text.append("      qemu-img info '").append(uri).append("'\n");
        }
        return text.append("      ")
                .append(command)
                .append(" ls --tree\n\nready; Ctrl-C stores everything and stops\n")
                .toString();
    }

    /** A size as people write it: the largest unit that leaves at least 1, to one decimal. */
    static String size(long sectors) {
        double value = sectors * 512.0;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        String number = String.format(Locale.ROOT, "%.1f", value);
        return (number.endsWith(".0") ? number.substring(0, number.length() - 2) : number) + " " + UNITS[unit];
    }
}
