package io.devicemapper.core;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.DeviceMode;
import io.devicemapper.target.TargetException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the devices that table lines name, and opens each once, however many tables use it. What a name means:
 *
 * <ul>
 *   <li>one that the embedder gave a device for: that device;
 *   <li>{@code /dev/mapper/NAME} and {@code 253:MINOR}: a mapped device;
 *   <li>{@code scheme:…}, the scheme having two characters or more: what its provider makes of it;
 *   <li>anything else: a path, for the {@code file} provider.
 * </ul>
 */
final class LowerDevices {
    private static final System.Logger LOG = System.getLogger(LowerDevices.class.getName());

    private static final String MAPPER_FOLDER = "/dev/mapper/";
    private static final String PATH_SCHEME = "file";
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*", Pattern.DOTALL);
    private static final Pattern DEVICE_NUMBER = Pattern.compile("(\\d{1,9}):(\\d{1,9})");

    /** Looks up mapped devices. */
    interface MappedDevices {
        MappedDevice byName(String name);

        MappedDevice byMinor(int minor);
    }

    /** A device that is open for at least one table. */
    abstract static class Opening {
        private final BlockDevice device;

        private Opening(BlockDevice device) {
            this.device = device;
        }

        BlockDevice device() {
            return device;
        }

        /** What other tables may share, or null. */
        Shared shared() {
            return null;
        }

        /** The mapped device that this is, or null. */
        MappedDevice mapped() {
            return null;
        }

        abstract void release();
    }

    private record Key(String scheme, String identity, boolean readOnly) {}

    /** A provider's device, and how many claims there are on it. Its monitor guards its opening and closing. */
    private static final class Shared {
        private final Key key;
        private BlockDevice device;
        private int claims;

        Shared(Key key) {
            this.key = key;
        }
    }

    private final TargetRegistry registry;
    private final Map<String, BlockDevice> given;
    private final MappedDevices mappedDevices;
    private final Map<Key, Shared> shared = new HashMap<>();

    LowerDevices(TargetRegistry registry, Map<String, BlockDevice> given, MappedDevices mappedDevices) {
        this.registry = registry;
        this.given = Map.copyOf(given);
        this.mappedDevices = mappedDevices;
    }

    /**
     * Opens the device that a table line names.
     *
     * @param name as written
     * @param directory where relative paths start from
     * @param mode how it will be used
     * @param holder the mapped device whose table it is for
     * @throws TargetException if it cannot be had; the message is the reason alone
     */
    Opening open(String name, Path directory, DeviceMode mode, MappedDevice holder) throws TargetException {
        BlockDevice own = given.get(name);
        if (own != null) {
            return own instanceof MappedDevice mapped
                    ? openMapped(name, mapped, mode, holder)
                    : openGiven(name, own, mode);
        }
        if (name.startsWith(MAPPER_FOLDER)) {
            String mappedName = name.substring(MAPPER_FOLDER.length());
            return openMapped(name, mappedDevices.byName(mappedName), mode, holder);
        }
        Matcher number = DEVICE_NUMBER.matcher(name);
        if (number.matches()) {
            boolean mapper = Integer.parseInt(number.group(1)) == MappedDevice.MAJOR;
            return openMapped(
                    name, mapper ? mappedDevices.byMinor(Integer.parseInt(number.group(2))) : null, mode, holder);
        }
        Matcher scheme = SCHEME.matcher(name);
        if (scheme.matches()) {
            String key = scheme.group(1).toLowerCase(Locale.ROOT);
            TargetRegistry.DeviceProvider provider = registry.acquireDeviceProvider(key);
            if (provider == null) {
                throw new TargetException("'" + name + "': unknown scheme '" + key + "', known: "
                        + String.join(", ", registry.schemes()) + "; a file is named by its path or file:PATH");
            }
            return openProvided(name, provider, directory, mode);
        }
        TargetRegistry.DeviceProvider files = registry.acquireDeviceProvider(PATH_SCHEME);
        if (files == null) {
            throw new TargetException("'" + name + "': no provider for files is installed");
        }
        return openProvided(name, files, directory, mode);
    }

    /**
     * The device that a name means, if it is open for a table.
     *
     * @param name as in a table line
     * @param directory where relative paths start from
     * @return null if there is none, or nobody has it open
     */
    BlockDevice known(String name, Path directory) {
        BlockDevice own = given.get(name);
        if (own != null) {
            return own;
        }
        if (name.startsWith(MAPPER_FOLDER)) {
            return mappedDevices.byName(name.substring(MAPPER_FOLDER.length()));
        }
        Matcher number = DEVICE_NUMBER.matcher(name);
        if (number.matches()) {
            boolean mapper = Integer.parseInt(number.group(1)) == MappedDevice.MAJOR;
            return mapper ? mappedDevices.byMinor(Integer.parseInt(number.group(2))) : null;
        }
        Matcher scheme = SCHEME.matcher(name);
        TargetRegistry.DeviceProvider provider = registry.acquireDeviceProvider(
                scheme.matches() ? scheme.group(1).toLowerCase(Locale.ROOT) : PATH_SCHEME);
        if (provider == null) {
            return null;
        }
        try {
            String identity =
                    provider.source().call(() -> provider.provider().identity(name, new TableContext(directory, true)));
            for (boolean readOnly : new boolean[] {false, true}) {
                Shared entry;
                synchronized (shared) {
                    entry = shared.get(new Key(provider.scheme(), identity, readOnly));
                }
                if (entry != null) {
                    synchronized (entry) {
                        if (entry.device != null) {
                            return entry.device;
                        }
                    }
                }
            }
            return null;
        } catch (Throwable e) { // a malformed name, or a broken provider: no device that anybody has open
            LOG.log(System.Logger.Level.DEBUG, () -> "'" + name + "': no identity", e);
            return null;
        } finally {
            provider.source().removeUser();
        }
    }

    private static Opening openGiven(String name, BlockDevice device, DeviceMode mode) throws TargetException {
        if (mode == DeviceMode.READ_WRITE && device.isReadOnly()) {
            throw new TargetException("'" + name + "' is read-only");
        }
        return new Opening(device) {
            @Override
            void release() {
                // The embedder's device: opened and closed by him.
            }
        };
    }

    private static Opening openMapped(String name, MappedDevice device, DeviceMode mode, MappedDevice holder)
            throws TargetException {
        if (device == null) {
            throw new TargetException("'" + name + "': no such device");
        }
        if (mode == DeviceMode.READ_WRITE && device.isReadOnly()) {
            throw new TargetException("'" + name + "' is read-only");
        }
        device.users().claimFor(holder);
        return new Opening(device) {
            @Override
            MappedDevice mapped() {
                return device;
            }

            @Override
            void release() {
                device.users().releaseFor(holder);
            }
        };
    }

    /** Opens a provider's device. The provider has been acquired, and is so as long as the device is open. */
    private Opening openProvided(String name, TargetRegistry.DeviceProvider provider, Path directory, DeviceMode mode)
            throws TargetException {
        boolean open = false;
        try {
            TableContext context = new TableContext(directory, mode == DeviceMode.READ_ONLY);
            Opening opening = provider.source().call(() -> openShared(name, provider, context));
            open = true;
            return opening;
        } catch (Throwable e) { // whatever a provider throws refuses the table, and nothing else
            throw new TargetException(
                    e instanceof IOException ? ThrownText.messageOf(e) : "'" + name + "': " + ThrownText.of(e), e);
        } finally {
            if (!open) {
                provider.source().removeUser();
            }
        }
    }

    private record TableContext(Path directory, boolean readOnly) implements BlockDeviceProvider.OpenContext {}

    private Opening openShared(String name, TargetRegistry.DeviceProvider provider, TableContext context)
            throws IOException {
        String identity = provider.provider().identity(name, context);
        if (identity == null) {
            // Not a device like others without one: two names would share it.
            throw new IOException("'" + name + "': provider " + provider.scheme() + " tells no identity");
        }
        Key key = new Key(provider.scheme(), identity, context.readOnly());
        Shared entry = claim(key);
        boolean open = false;
        try {
            synchronized (entry) {
                if (entry.device == null) {
                    entry.device = provider.provider().open(name, context);
                    if (entry.device == null) {
                        throw new IOException("'" + name + "': provider " + provider.scheme() + " opened no device");
                    }
                    checkAnswers(name, entry.device);
                }
            }
            open = true;
        } finally {
            if (!open) {
                unclaim(entry);
            }
        }
        return new Opening(entry.device) {
            @Override
            Shared shared() {
                return entry;
            }

            @Override
            void release() {
                unclaim(entry);
                provider.source().removeUser();
            }
        };
    }

    /** Asks what every table asks: a device that fails to answer is refused while that costs nobody else anything. */
    private static void checkAnswers(String name, BlockDevice device) throws IOException {
        if (device.sectors() < 0 || device.limits() == null) {
            throw new IOException("'" + name + "': the device tells no size, or no limits");
        }
        boolean mayWait = device.mayWait();
        LOG.log(System.Logger.Level.DEBUG, () -> name + ": opened" + (mayWait ? ", may wait" : ""));
    }

    private Shared claim(Key key) {
        synchronized (shared) {
            Shared entry = shared.computeIfAbsent(key, Shared::new);
            entry.claims++;
            return entry;
        }
    }

    /** Who comes while the last one closes the device waits for its monitor, and opens it anew. */
    private void unclaim(Shared entry) {
        synchronized (entry) {
            synchronized (shared) {
                entry.claims--;
                if (entry.claims > 0) {
                    return;
                }
            }
            close(entry);
            synchronized (shared) {
                if (entry.claims == 0) {
                    shared.remove(entry.key, entry);
                }
            }
        }
    }

    private static void close(Shared entry) {
        BlockDevice device = entry.device;
        entry.device = null;
        if (device != null) {
            try {
                device.close();
            } catch (Throwable e) { // the table is gone all the same, and its other devices have to be closed
                LOG.log(System.Logger.Level.ERROR, () -> entry.key.identity() + ": closing failed", e);
            }
        }
    }

    /**
     * Closes the devices that one table has opened and no other one uses, so that bios which they do not end fail. The table keeps its claims,
     * on devices that carry nothing out any more; whoever names such a device next opens it anew.
     */
    void closeUsedOnlyBy(LoadedTable table) {
        Map<Shared, Integer> claims = new HashMap<>();
        for (TargetSlot<?> slot : table.slotsSoFar()) {
            for (ClaimedDevice claim : slot.claims()) {
                Shared entry = claim.opening().shared();
                if (entry != null) {
                    claims.merge(entry, 1, Integer::sum);
                }
            }
        }
        claims.forEach((entry, count) -> {
            boolean alone;
            synchronized (shared) {
                alone = entry.claims == count && shared.remove(entry.key, entry);
            }
            if (alone) {
                synchronized (entry) {
                    close(entry);
                }
            }
        });
    }
}
