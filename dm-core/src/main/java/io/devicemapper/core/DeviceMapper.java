package io.devicemapper.core;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.TargetType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A set of mapped devices and the target types that they are made of: the operations of {@code dmsetup(8)} for an application.
 *
 * <pre>{@code
 * try (DeviceMapper dm = DeviceMapper.open()) {
 *     MappedDevice volume = dm.create("vol0", "0 1024 linear /data/a.img 1024\n1024 2048 linear /data/b.img 0");
 *     volume.write(0, ByteBuffer.wrap(new byte[4096]));
 *     volume.flush();
 * }
 * }</pre>
 *
 * <p>A device is named by its name, or by {@code /dev/mapper/NAME}.
 *
 * <p>Safe for use by several threads. Operations on one device come one at a time; those on different devices do not wait for each other.
 * An operation that fails has changed nothing, unless it says otherwise.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/dmsetup.8.html">dmsetup(8)</a>
 */
public final class DeviceMapper implements AutoCloseable {
    private static final String MAPPER_FOLDER = "/dev/mapper/";

    /** Longer than a busy disk takes for a bio, and shorter than an operator's patience, who waits for a few such steps. */
    private static final Duration FORCED_REMOVAL_WAIT = Duration.ofSeconds(5);

    private final Path directory;
    private final Extensions extensions;
    private final LowerDevices lowerDevices;
    private final DeviceNames names = new DeviceNames();
    private final ClaimGraph claims = new ClaimGraph();
    private final HostThreads threads = new HostThreads();
    private final RemovalOperations removals;

    private DeviceMapper(Builder builder) throws IOException {
        this.directory = builder.directory.toAbsolutePath();
        this.extensions = new Extensions(
                builder.types,
                builder.providers,
                builder.useServiceLoader,
                builder.pluginFolder,
                builder.breachListener);
        if (extensions.hasPluginFolder()) {
            threads.repeatLookForPlugins(extensions::rescan);
        }
        this.lowerDevices = new LowerDevices(extensions.registry(), builder.devices, new LowerDevices.MappedDevices() {
            @Override
            public MappedDevice byName(String name) {
                return names.byName(name).orElse(null);
            }

            @Override
            public MappedDevice byMinor(int minor) {
                return names.find(d -> d.minor() == minor).orElse(null);
            }
        });
        this.removals =
                new RemovalOperations(names, claims, extensions, lowerDevices, threads, builder.forcedRemovalWait);
    }

    /** A device mapper with every target type and device provider that {@link java.util.ServiceLoader} finds. */
    public static DeviceMapper open() {
        return builder().build();
    }

    /** For a device mapper that differs from {@link #open}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Sets up a device mapper. Not safe for use by several threads. */
    public static final class Builder {
        private final List<TargetType<?>> types = new ArrayList<>();
        private final List<BlockDeviceProvider> providers = new ArrayList<>();
        private final Map<String, BlockDevice> devices = new HashMap<>();
        private Path directory = Path.of("");
        private boolean useServiceLoader = true;
        private Path pluginFolder;
        private Duration forcedRemovalWait = FORCED_REMOVAL_WAIT;
        private Consumer<String> breachListener = what -> {};

        private Builder() {}

        /** Where relative paths in tables start from; by default the working directory. */
        public Builder directory(Path directory) {
            this.directory = Objects.requireNonNull(directory, "directory");
            return this;
        }

        /** Adds a target type, ahead of those that are found. */
        public Builder targetType(TargetType<?> type) {
            types.add(Objects.requireNonNull(type, "type"));
            return this;
        }

        /** Adds a device provider, ahead of those that are found. */
        public Builder provider(BlockDeviceProvider provider) {
            providers.add(Objects.requireNonNull(provider, "provider"));
            return this;
        }

        /** Lets table lines name a device of the caller's, who also closes it, after the device mapper. */
        public Builder device(String name, BlockDevice device) {
            devices.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(device, "device"));
            return this;
        }

        /** Whether to look for target types and device providers with ServiceLoader; by default, yes. */
        public Builder serviceLoader(boolean use) {
            this.useServiceLoader = use;
            return this;
        }

        /**
         * Loads the jars of a folder as well, each in a class loader of its own that sees the platform and dm-api alone. Jars may come, change and go
         * while the device mapper is open: a table keeps the classes that it was made with.
         */
        public Builder plugins(Path folder) {
            this.pluginFolder = Objects.requireNonNull(folder, "folder");
            return this;
        }

        /**
         * How long each step of a {@linkplain RemoveFlag#FORCE forced removal} waits for targets and devices to end what they have; by default
         * 5 seconds. There are about five steps, and a device that behaves needs none of these waits.
         *
         * @throws IllegalArgumentException if negative
         */
        public Builder forcedRemovalWait(Duration wait) {
            if (wait.isNegative()) {
                throw new IllegalArgumentException("forced removal: wait of " + wait + ": negative");
            }
            this.forcedRemovalWait = wait;
            return this;
        }

        /**
         * Who is told of each breach of contract by a target, in the words of the log: for those who test targets. Called on the thread that
         * found it, on the way of a bio perhaps, so it must neither block nor throw.
         */
        public Builder breachListener(Consumer<String> listener) {
            this.breachListener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * The device mapper. What is broken among the providers found is left out: see {@link DeviceMapper#refusedProviders}.
         *
         * @throws UncheckedIOException if there is no such plugin folder
         */
        public DeviceMapper build() {
            try {
                return new DeviceMapper(this);
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        }
    }

    /**
     * Creates a device and puts its table into service, or does nothing at all.
     *
     * @param name the device's name
     * @param table the table, in the text form of dmsetup(8); without lines the device has none
     * @throws DmException if the name is taken or malformed, or the table is refused
     */
    public MappedDevice create(String name, String table) throws DmException {
        return create(CreateRequest.named(name).table(table));
    }

    /** Creates a device as requested, or does nothing at all. See {@link #create(String, String)}. */
    public MappedDevice create(CreateRequest request) throws DmException {
        String uuid = request.uuid().orElse(null);
        MappedDevice device = names.add(
                request.name(),
                uuid,
                request.minor(),
                minor -> new MappedDevice(request.name(), uuid, minor, claims, threads));
        boolean done = false;
        try {
            if (request.table().isPresent()) {
                List<TableLine> lines =
                        TableParser.parse(device.name(), request.table().get());
                if (!lines.isEmpty()) {
                    device.control().run(() -> {
                        load(
                                device,
                                lines,
                                request.readOnly(),
                                request.directory().orElse(directory));
                        new TableSwap(device).resume();
                        return null;
                    });
                }
            }
            done = true;
            return device;
        } finally {
            if (!done) {
                new DeviceRemoval(names, device).discard();
            }
        }
    }

    /**
     * Builds a table and puts it into the device's inactive slot, where the next {@link #resume} finds it. The live table goes on.
     *
     * @throws DmException if there is no such device or the table is refused; an inactive table that was there stays
     */
    public void load(String device, String table) throws DmException {
        load(device, LoadRequest.of(table));
    }

    /** Loads a table as requested. See {@link #load(String, String)}. */
    public void load(String device, LoadRequest request) throws DmException {
        MappedDevice mapped = require(device);
        load(
                mapped,
                TableParser.parse(mapped.name(), request.table()),
                request.readOnly(),
                request.directory().orElse(directory));
    }

    private void load(MappedDevice device, List<TableLine> lines, boolean readOnly, Path from) throws DmException {
        extensions.rescan();
        device.control().run(() -> {
            new TableSwap(device)
                    .stage(new TableBuilder(device, extensions, lowerDevices, from, readOnly).build(lines));
            return null;
        });
    }

    /** Drops the device's inactive table, if there is one. */
    public void clear(String device) throws DmException {
        MappedDevice mapped = require(device);
        mapped.control().run(() -> {
            new TableSwap(mapped).clear();
            return null;
        });
    }

    /**
     * Holds the device's bios back, once those under way have ended. Does nothing if it is suspended already.
     *
     * @throws DmException if there is no such device, or the wait was interrupted or gave way to a forced removal; the device then goes on
     */
    public void suspend(String device, SuspendFlag... flags) throws DmException {
        MappedDevice mapped = require(device);
        mapped.control().run(() -> {
            if (!mapped.isSuspended()) {
                new TableSwap(mapped).suspend(flags);
            }
            return null;
        });
    }

    /**
     * Puts the device's inactive table into service, if it has one, and lets bios through. Does nothing if it runs and has none.
     *
     * @param flags how to suspend the device, where it runs and has to be for the swap
     * @throws DmException if there is no such device; or the new table does not fit its devices any more, or cannot start: then that table is
     *     gone, and the old one goes on, unless the device was suspended before: then it stays so
     */
    public void resume(String device, SuspendFlag... flags) throws DmException {
        new TableSwap(require(device)).resume(flags);
    }

    /**
     * Removes a device. What it held back fails.
     *
     * @throws DmException if there is no such device; or it is open, which names who holds it, and {@link RemoveFlag#DEFERRED} is not given
     */
    public void remove(String device, RemoveFlag... flags) throws DmException {
        removals.remove(require(device), List.of(flags));
    }

    /**
     * Removes all devices that are not open, upper ones before those that they use.
     *
     * @return those that stay, being open
     */
    public List<MappedDevice> removeAll(RemoveFlag... flags) throws DmException {
        return removals.removeAll(List.of(flags));
    }

    /**
     * Replaces the device's table by one that fails every bio, of the same size: {@code dmsetup wipe_table}.
     *
     * @throws DmException if there is no such device, or no target type {@code error}
     */
    public void wipeTable(String device, SuspendFlag... flags) throws DmException {
        MappedDevice mapped = require(device);
        mapped.control().run(() -> {
            LoadedTable live = mapped.live();
            if (live != null) {
                load(mapped, List.of(TableLine.ofErrors(live.sectors())), live.readOnly(), directory);
                new TableSwap(mapped).resume(flags.length == 0 ? new SuspendFlag[] {SuspendFlag.NOFLUSH} : flags);
            }
            return null;
        });
    }

    /**
     * Gives a device another name; raises its event.
     *
     * @throws DmException if there is no such device, or the new name is taken or malformed
     */
    public void rename(String device, String newName) throws DmException {
        names.rename(require(device), newName);
    }

    /**
     * Gives a uuid to a device that has none; raises its event.
     *
     * @throws DmException if there is no such device, it has a uuid, or the uuid is taken or malformed
     */
    public void setUuid(String device, String uuid) throws DmException {
        names.setUuid(require(device), uuid);
    }

    /**
     * Sends a message to the target at a sector of the live table; {@code @cancel_deferred_remove} is for the device itself. Does not wait for a
     * suspend that waits for bios: the message may be the one that has the target give them back.
     *
     * @return the answer, empty if there is none
     * @throws DmException if there is no such device, table or target, or the target refuses the message
     */
    public String message(String device, long sector, String message) throws DmException {
        return new MessageOperation(require(device), lowerDevices).send(sector, message);
    }

    /** The device of this name, or of {@code /dev/mapper/NAME}. */
    public Optional<MappedDevice> device(String name) {
        return names.byName(name.startsWith(MAPPER_FOLDER) ? name.substring(MAPPER_FOLDER.length()) : name);
    }

    /** The device with this uuid. */
    public Optional<MappedDevice> deviceByUuid(String uuid) {
        return names.find(d -> d.uuid().equals(Optional.of(uuid)));
    }

    /** The device with this minor number. */
    public Optional<MappedDevice> deviceByMinor(int minor) {
        return names.find(d -> d.minor() == minor);
    }

    /** All devices, by name. */
    public List<MappedDevice> devices() {
        return names.all();
    }

    /** All registered target types, by name. */
    public List<TargetInfo> targets() {
        extensions.rescan();
        return extensions.registry().registrations().stream()
                .map(r -> new TargetInfo(
                        r.name(), r.version(), r.apiLevel(), r.source().location(), r.tables()))
                .toList();
    }

    /** What was found and is not registered, and why. */
    public List<RefusedProvider> refusedProviders() {
        extensions.rescan();
        return extensions.refused();
    }

    private MappedDevice require(String name) throws DmException {
        return device(name)
                .orElseThrow(() -> new DmException(DmError.NO_SUCH_DEVICE, name + ": Device does not exist."));
    }

    /**
     * Removes all devices, upper ones first, whether open or not, and ends the device mapper's threads. What its devices held back fails, so that
     * devices above a suspended one come to an end; no device can be created any more. Waits for bios that lower devices and targets have.
     *
     * @throws DmException if interrupted while waiting; close it again to go on
     */
    @Override
    public void close() throws DmException {
        names.close().forEach(MappedDevice::refuseToWait);
        removals.discardAll();
        extensions.close();
        threads.end();
    }
}
