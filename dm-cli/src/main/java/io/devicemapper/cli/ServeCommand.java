package io.devicemapper.cli;

import io.devicemapper.core.DeviceMapper;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** {@code dm serve}: runs a daemon in the foreground until a signal ends it. */
final class ServeCommand {
    /** Within the 90 seconds that systemd gives a service by default. */
    private static final int STOP_SECONDS = 60;

    private final Home home;
    private final PrintStream out;
    private final PrintStream err;

    ServeCommand(Home home, PrintStream out, PrintStream err) {
        this.home = home;
        this.out = out;
        this.err = err;
    }

    /**
     * Runs. A daemon that got as far as to be ready never returns from here: the process ends when it has stopped.
     *
     * @throws CliException if the daemon cannot start
     */
    int run(CommandLine line) throws CliException {
        logOneLineEach();
        List<ListenAddress> listen = new ArrayList<>();
        for (String address : line.values(Option.LISTEN)) {
            listen.add(ListenAddress.parse(address));
        }
        List<Dmtab> dmtabs = new ArrayList<>();
        for (String file : line.operands()) {
            dmtabs.add(Dmtab.read(file));
        }
        DeviceMapper.Builder builder = DeviceMapper.builder();
        Optional<String> plugins = line.value(Option.PLUGINS);
        if (plugins.isPresent()) {
            builder.plugins(folder(plugins.get()));
        }
        Daemon daemon = Daemon.start(home, listen, dmtabs, builder);
        // A JVM that a signal ends has an exit status of its own, which only a halt can replace by ours.
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(stop(daemon)), "dm-stop"));
        daemon.refusedProviders()
                .forEach(refused -> err.println("dm: skipped " + refused.location() + ": " + refused.reason()));
        String dm = System.getProperty("dm.command", "dm");
        String command = line.has(Option.HOME) ? dm + " --home " + home : dm;
        out.print(ServeGreeting.of(home, command, daemon.devices(), daemon.nbdAddresses()));
        out.flush();
        awaitSignal();
        return 0;
    }

    private static Path folder(String plugins) throws CliException {
        try {
            return Path.of(plugins).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw new CliException("--plugins '" + plugins + "' is no path: " + e.getReason(), e);
        }
    }

    /** The devices' messages for the operator, in the form of all others. Takes effect if no logger was used before. */
    private static void logOneLineEach() {
        String format = "java.util.logging.SimpleFormatter.format";
        if (System.getProperty(format) == null) {
            System.setProperty(format, "dm: %5$s%6$s%n");
        }
    }

    private static void awaitSignal() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts this thread", e);
        }
    }

    /** Stops the daemon and tells what went wrong; returns the exit status. */
    private int stop(Daemon daemon) {
        List<String> failures = new ArrayList<>();
        Thread stopping = new Thread(() -> failures.addAll(daemon.stop()), "dm-stop-devices");
        stopping.setDaemon(true);
        stopping.start();
        try {
            stopping.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts this thread", e);
        }
        if (stopping.isAlive()) {
            err.println("dm: a device did not end its I/O within " + STOP_SECONDS
                    + " s; what was written since the last flush may not be stored");
            return 1;
        }
        failures.forEach(failure -> err.println("dm: " + failure));
        return failures.isEmpty() ? 0 : 1;
    }
}
