package io.devicemapper.core;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Keeps the registry in step with a folder of jars: one that appears is loaded, one that changes is loaded anew beside the old, one that goes is let
 * go as soon as no table uses it. Whether a jar has changed is told by its size, time and identity.
 *
 * <p>Safe for use by several threads.
 */
final class PluginFolder implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PluginFolder.class.getName());

    private record Stamp(long bytes, FileTime modified, Object fileKey) {}

    /** A jar as last seen: loaded, or refused for these reasons. */
    private record Seen(Stamp stamp, PluginJar loaded, List<RefusedProvider> refused) {}

    private final Path folder;
    private final Path copies;
    private final TargetRegistry registry;
    private final Map<Path, Seen> jars = new TreeMap<>();
    private final List<PluginJar> retired = new ArrayList<>();
    private int copyNumber;
    private boolean closed;

    /**
     * Watches a folder; {@link #rescan} does the first look as well.
     *
     * @throws IOException if there is no such folder, or no temporary one can be made
     */
    PluginFolder(Path folder, TargetRegistry registry) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder + ": no such plugin folder");
        }
        this.folder = folder;
        this.registry = registry;
        this.copies = Files.createTempDirectory("dm-plugins");
    }

    /** Looks at the folder and acts on what has changed. Cheap if nothing has. */
    synchronized void rescan() {
        if (closed) {
            return;
        }
        Map<Path, Stamp> present = list();
        boolean changed = false;
        for (Path jar : List.copyOf(jars.keySet())) {
            Seen seen = jars.get(jar);
            if (!seen.stamp().equals(present.get(jar))) {
                jars.remove(jar);
                retire(seen.loaded());
                changed = true;
            }
        }
        changed |= dropUnused();
        for (Map.Entry<Path, Stamp> entry : present.entrySet()) {
            Seen seen = jars.get(entry.getKey());
            // What was refused for the sake of a jar that is gone now may be welcome.
            if (seen == null || (seen.loaded() == null && changed)) {
                jars.put(entry.getKey(), load(entry.getKey(), entry.getValue()));
            }
        }
    }

    private Map<Path, Stamp> list() {
        Map<Path, Stamp> present = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.jar")) {
            for (Path jar : files) {
                Stamp stamp = stamp(jar);
                if (stamp != null) {
                    present.put(jar, stamp);
                }
            }
        } catch (IOException e) {
            // Nothing is unloaded because the folder could not be read for a moment.
            LOG.log(System.Logger.Level.WARNING, () -> folder + ": plugin folder cannot be read: " + e);
            jars.forEach((jar, seen) -> present.put(jar, seen.stamp()));
        }
        return present;
    }

    private static Stamp stamp(Path jar) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(jar, BasicFileAttributes.class);
            return new Stamp(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
        } catch (IOException e) {
            return null; // gone between the listing and the look
        }
    }

    private Seen load(Path jar, Stamp stamp) {
        Path copy = copies.resolve(++copyNumber + "-" + jar.getFileName());
        try {
            PluginJar plugin = PluginJar.load(jar, copy, registry);
            return new Seen(stamp, plugin, plugin.refused());
        } catch (PluginJar.RefusedException e) {
            return new Seen(stamp, null, e.refused());
        } catch (Throwable e) { // whatever is in a jar refuses that jar, and nothing else
            String reason = e instanceof IOException ? ThrownText.messageOf(e) : ThrownText.of(e);
            return new Seen(stamp, null, List.of(new RefusedProvider(jar.toString(), reason)));
        }
    }

    private void retire(PluginJar plugin) {
        if (plugin != null) {
            registry.retire(plugin);
            retired.add(plugin);
        }
    }

    private boolean dropUnused() {
        return retired.removeIf(plugin -> {
            boolean unused = registry.dropIfUnused(plugin);
            if (unused) {
                plugin.unload();
            }
            return unused;
        });
    }

    /** The jars that are loaded and have not been removed. Each has one more user, so that it stays loaded, who must be taken off again. */
    synchronized List<PluginJar> hold() {
        List<PluginJar> loaded = jars.values().stream()
                .filter(seen -> seen.loaded() != null)
                .map(Seen::loaded)
                .toList();
        loaded.forEach(ProviderSource::addUser);
        return loaded;
    }

    /** What was refused, by jar. */
    synchronized List<RefusedProvider> refused() {
        return jars.values().stream().flatMap(seen -> seen.refused().stream()).toList();
    }

    /** Unloads everything; no table is left. */
    @Override
    public synchronized void close() {
        closed = true;
        jars.values().forEach(seen -> retire(seen.loaded()));
        jars.clear();
        retired.forEach(PluginJar::unload);
        retired.clear();
        try {
            Files.deleteIfExists(copies);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, () -> copies + ": cannot be removed: " + e);
        }
    }
}
