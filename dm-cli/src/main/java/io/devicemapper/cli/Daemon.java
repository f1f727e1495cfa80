package io.devicemapper.cli;

import io.devicemapper.block.BlockIoException;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.RefusedProvider;
import io.devicemapper.nbd.server.NbdServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;

/** A daemon at work: it owns the home, the devices, the NBD server and the control socket. */
final class Daemon {
    private static final ListenAddress DEFAULT_TCP = new ListenAddress.Tcp("localhost", ListenAddress.NBD_PORT);
    private static final ListenAddress FREE_TCP = new ListenAddress.Tcp("localhost", 0);

    private final Home home;
    private final Home.Lock lock;
    private DeviceMapper mapper;
    private NbdServer nbd;
    private ControlServer control;

    private Daemon(Home home, Home.Lock lock) {
        this.home = home;
        this.lock = lock;
    }

    /**
     * Starts a daemon.
     *
     * @param listen where to take NBD clients; a socket in the home and a port of localhost if empty
     * @param dmtabs the devices to create
     * @param builder for the device mapper
     * @throws CliException if anything of it is not possible; then nothing is left running
     */
    static Daemon start(Home home, List<ListenAddress> listen, List<Dmtab> dmtabs, DeviceMapper.Builder builder)
            throws CliException {
        Daemon daemon = new Daemon(home, home.lock());
        boolean started = false;
        try {
            daemon.mapper = build(builder);
            daemon.createDevices(dmtabs);
            daemon.listenForNbd(listen);
            daemon.listenForCommands();
            started = true;
            return daemon;
        } finally {
            if (!started) {
                daemon.stop();
            }
        }
    }

    private static DeviceMapper build(DeviceMapper.Builder builder) throws CliException {
        try {
            return builder.build();
        } catch (UncheckedIOException e) {
            throw new CliException("--plugins: " + e.getMessage(), e);
        }
    }

    private void createDevices(List<Dmtab> dmtabs) throws CliException {
        DeviceBatch batch = new DeviceBatch(mapper);
        for (Dmtab dmtab : dmtabs) {
            for (DeviceSpec device : dmtab.devices()) {
                try {
                    batch.create(device, dmtab.directory());
                } catch (DmException e) {
                    throw new CliException(dmtab.file() + ":" + device.line() + ": " + e.getMessage(), e);
                }
            }
        }
    }

    private void listenForNbd(List<ListenAddress> listen) throws CliException {
        try {
            if (!listen.isEmpty()) {
                nbd = startNbd(listen);
                return;
            }
            ListenAddress socket = new ListenAddress.Unix(home.nbdSocket());
            try {
                nbd = startNbd(List.of(socket, DEFAULT_TCP));
            } catch (IOException taken) {
                // If the port is not the reason, the second attempt says what is.
                nbd = startNbd(List.of(socket, FREE_TCP));
            }
        } catch (IOException e) {
            throw new CliException("NBD: " + Reasons.of(e), e);
        }
    }

    private NbdServer startNbd(List<ListenAddress> addresses) throws CliException, IOException {
        NbdServer.Builder builder = NbdServer.builder(new MappedExports(mapper));
        for (ListenAddress address : addresses) {
            builder.listen(address.resolve());
        }
        return builder.start();
    }

    private void listenForCommands() throws CliException {
        lock.removeStale(home.controlSocket());
        try {
            control = new ControlServer(home.controlSocket(), new Commands(mapper), ControlServer.PATIENCE);
        } catch (IOException e) {
            throw new CliException("control socket " + home.controlSocket() + ": " + Reasons.of(e), e);
        }
    }

    /** What the commands work on. */
    DeviceMapper mapper() {
        return mapper;
    }

    /** The devices at the moment. */
    List<MappedDevice> devices() {
        return mapper.devices();
    }

    /** Where NBD clients can connect. */
    List<SocketAddress> nbdAddresses() {
        return nbd.addresses();
    }

    /** What was found among target types and device providers and cannot be used. */
    List<RefusedProvider> refusedProviders() {
        return mapper.refusedProviders();
    }

    /**
     * Stops: takes no more commands, ends what NBD clients have under way, stores what devices have written, removes the devices
     * and gives the home up.
     *
     * @return what went wrong, a line for each
     */
    List<String> stop() {
        List<String> failures = new ArrayList<>();
        attempt(failures, "control socket", () -> {
            if (control != null) {
                control.close();
            }
        });
        attempt(failures, "NBD", () -> {
            if (nbd != null) {
                nbd.close();
            }
        });
        if (mapper != null) {
            for (MappedDevice device : mapper.devices()) {
                flush(failures, device);
            }
            try {
                mapper.close();
            } catch (DmException e) {
                failures.add(e.getMessage());
            }
        }
        attempt(failures, "home " + home, lock::close);
        return failures;
    }

    private interface Closing {
        void close() throws IOException;
    }

    private static void attempt(List<String> failures, String what, Closing closing) {
        try {
            closing.close();
        } catch (IOException e) {
            failures.add(what + ": " + Reasons.of(e));
        }
    }

    /** A suspended device would hold the flush back for ever; what it has written was flushed to where its suspend left it. */
    private static void flush(List<String> failures, MappedDevice device) {
        if (device.isSuspended() || device.isReadOnly() || device.liveTable().isEmpty()) {
            return;
        }
        try {
            device.flush();
        } catch (BlockIoException e) {
            failures.add(e.getMessage() + "; what was written since the last flush may not be stored");
        }
    }
}
