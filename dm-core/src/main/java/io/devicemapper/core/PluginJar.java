package io.devicemapper.core;

import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.TargetType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.jar.JarFile;

/**
 * One jar of the plugin folder, as it was when it was found: it is loaded from a copy, so that what happens to the file later does not reach the
 * classes in use.
 */
final class PluginJar extends ProviderSource {
    private static final System.Logger LOG = System.getLogger(PluginJar.class.getName());

    private static final String SERVICES = "META-INF/services/";

    private final Path copy;
    private final PluginClassLoader loader;

    /** Grows when a service is asked for the first time, while others look at it. */
    private final List<RefusedProvider> refused = new CopyOnWriteArrayList<>();

    /** By service. The keys are weak: a service may be another plugin's own. Guarded by itself. */
    private final Map<Class<?>, List<?>> providers = new WeakHashMap<>();

    private PluginJar(Path jar, Path copy, PluginClassLoader loader) {
        super(jar.toString(), loader);
        this.copy = copy;
        this.loader = loader;
    }

    /**
     * Loads a jar and registers what it offers. What is broken in it is found in {@link #refused}.
     *
     * @param jar the file in the plugin folder
     * @param copy where to copy it to
     * @param registry gets its providers
     * @throws IOException if the jar cannot be read, or offers nothing at all; the message is the reason
     */
    static PluginJar load(Path jar, Path copy, TargetRegistry registry) throws IOException {
        Files.copy(jar, copy);
        boolean loaded = false;
        try {
            checkDeclares(copy);
            PluginClassLoader loader = new PluginClassLoader(
                    jar.getFileName().toString(), copy.toUri().toURL());
            PluginJar plugin = new PluginJar(jar, copy, loader);
            boolean any = plugin.register(registry);
            if (!any) {
                plugin.unload();
                throw new RefusedException(plugin.refused);
            }
            loaded = true;
            return plugin;
        } finally {
            if (!loaded) {
                Files.deleteIfExists(copy);
            }
        }
    }

    /** None of the providers of a jar could be registered. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient List<RefusedProvider> refused;

        RefusedException(List<RefusedProvider> refused) {
            super(refused.isEmpty() ? "offers no provider" : refused.get(0).reason());
            this.refused = refused;
        }

        List<RefusedProvider> refused() {
            return refused;
        }
    }

    private static void checkDeclares(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            boolean services = file.stream()
                    .anyMatch(
                            entry -> !entry.isDirectory() && entry.getName().startsWith(SERVICES + "io.devicemapper."));
            if (services) {
                return;
            }
            throw new IOException(
                    file.getEntry("module-info.class") != null
                            ? "declares providers in module-info alone; in a plugin folder " + SERVICES
                                    + TargetType.class.getName() + " counts"
                            : "declares no provider: it has no " + SERVICES + TargetType.class.getName());
        } catch (java.util.zip.ZipException e) {
            throw new IOException("not a readable jar: " + e.getMessage(), e);
        }
    }

    private boolean register(TargetRegistry registry) {
        boolean any = false;
        for (TargetType<?> type : find(TargetType.class)) {
            any |= noteRefusal(registry.register(this, type));
        }
        List<BlockDeviceProvider> accepted = find(BlockDeviceProvider.class).stream()
                .filter(provider -> noteRefusal(registry.register(this, provider)))
                .toList();
        synchronized (providers) {
            providers.put(BlockDeviceProvider.class, accepted);
        }
        return any || !accepted.isEmpty() || (refused.isEmpty() && declaresOtherServices());
    }

    private boolean declaresOtherServices() {
        return loader.findResource(SERVICES + TargetType.class.getName()) == null
                && loader.findResource(SERVICES + BlockDeviceProvider.class.getName()) == null;
    }

    private boolean noteRefusal(String reason) {
        if (reason != null) {
            refused.add(new RefusedProvider(location(), reason));
        }
        return reason == null;
    }

    private <P> List<P> find(Class<P> service) {
        return call(() -> ProviderFinder.find(service, loader, location(), refused).stream()
                .map(ProviderFinder.Found::provider)
                .toList());
    }

    /** What this jar offers for a service, without what is broken: that is found in {@link #refused}. Looked for once. */
    <P> List<P> providers(Class<P> service) {
        synchronized (providers) {
            return providers.computeIfAbsent(service, this::findAccepted).stream()
                    .map(service::cast)
                    .toList();
        }
    }

    private <P> List<P> findAccepted(Class<P> service) {
        return find(service).stream()
                .filter(provider -> noteRefusal(ApiLevelCheck.refusal(this, service, provider)))
                .toList();
    }

    /** What could not be registered, beside what could. */
    List<RefusedProvider> refused() {
        return refused;
    }

    /** Lets go of the jar's classes. Nobody uses them any more. */
    void unload() {
        synchronized (providers) {
            providers.clear();
        }
        try {
            loader.close();
            Files.deleteIfExists(copy);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, () -> location() + ": its copy could not be removed: " + e);
        }
    }
}
