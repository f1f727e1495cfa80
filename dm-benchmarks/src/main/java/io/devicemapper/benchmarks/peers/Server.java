package io.devicemapper.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An NBD server at work, on a Unix socket. */
final class Server implements Participant {
    /** Building {@code dm} on first use is part of its start. */
    private static final int START_SECONDS = 300;

    private static final int FILL_SECONDS = 300;
    private static final int POLL_MILLIS = 50;

    /** Linux tells every program processor times in this unit, whatever the kernel's own is. */
    private static final int NANOS_PER_TICK = 10_000_000;

    private final ServerKind kind;
    private final Setting setting;
    private final Process process;
    private final String uri;

    private Server(ServerKind kind, Setting setting, Process process, String uri) {
        this.kind = kind;
        this.setting = setting;
        this.process = process;
        this.uri = uri;
    }

    /** Starts a server, waits until it answers, and fills it with the data if it starts empty. */
    static Server start(ServerKind kind, Setting setting) throws PeersException, InterruptedException {
        Path socket = setting.sockets().resolve(kind.name() + ".sock");
        Process process = setting.workspace().start(kind.label(), setting.onServerCpu(kind.command(setting, socket)));
        String uri = "nbd+unix:///" + kind.exportName() + "?socket=" + socket;
        Server server = new Server(kind, setting, process, uri);
        server.awaitStart(socket);
        if (kind.startsEmpty()) {
            setting.workspace()
                    .run(
                            "fill " + kind.label(),
                            FILL_SECONDS,
                            List.of(Tool.NBDCOPY.command(), setting.data().toString(), uri));
        }
        return server;
    }

    private void awaitStart(Path socket) throws PeersException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!Files.exists(socket)) {
            if (process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                throw new PeersException(kind.label() + " does not start:\n"
                        + setting.workspace().logOf(kind.label()));
            }
        }
    }

    @Override
    public String label() {
        return kind.label();
    }

    @Override
    public Measurement measure(Load load, int seconds) throws PeersException, InterruptedException {
        double before = cpuNanos();
        Measurement measurement = load.run(uri, seconds, setting);
        return measurement.withServerCpu(cpuNanos() - before);
    }

    private double cpuNanos() throws PeersException {
        Path stat = Path.of("/proc", String.valueOf(process.pid()), "stat");
        try {
            return (double) ProcessStat.cpuTicks(Files.readString(stat)) * NANOS_PER_TICK;
        } catch (IOException e) {
            throw new PeersException(
                    kind.label() + " has ended:\n" + setting.workspace().logOf(kind.label()), e);
        }
    }
}
