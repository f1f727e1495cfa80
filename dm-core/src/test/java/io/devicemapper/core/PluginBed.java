package io.devicemapper.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** A device mapper with a plugin folder, a target of the host's own, and a disk. */
final class PluginBed implements AutoCloseable {
    final MemoryDevice disk = new MemoryDevice("disk", 1000);
    final PluginJars jars;
    final Path folder;
    final ScriptedTarget own;
    final DeviceMapper dm;

    /**
     * Sets all up.
     *
     * @param temp an empty folder
     * @param ownTarget name of the host's own target
     */
    PluginBed(Path temp, String ownTarget) throws IOException {
        this(temp, ownTarget, builder -> {});
    }

    PluginBed(Path temp, String ownTarget, Consumer<DeviceMapper.Builder> more) throws IOException {
        folder = Files.createDirectory(temp.resolve("plugins"));
        jars = new PluginJars(Files.createDirectory(temp.resolve("work")));
        own = new ScriptedTarget(ownTarget);
        DeviceMapper.Builder builder = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(own)
                .device("disk", disk)
                .plugins(folder);
        more.accept(builder);
        dm = builder.build();
    }

    /** Puts a jar with a linear-like target into the folder. */
    Path drop(String jar, String target, String version) throws IOException {
        return jars.jar(
                folder.resolve(jar),
                Map.of("Plugin", PluginJars.linear("Plugin", target, version)),
                Map.of(PluginJars.TARGET_SERVICE, "Plugin"));
    }

    @Override
    public void close() throws DmException {
        dm.close();
    }
}
