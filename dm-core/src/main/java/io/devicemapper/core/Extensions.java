package io.devicemapper.core;

import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.TargetType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Everything that a device mapper can be extended by: target types, device providers, and what targets let others plug in; given by the embedder,
 * found on the host's own path, and found in the plugin folder. Safe for use by several threads.
 */
final class Extensions implements AutoCloseable {
    private final TargetRegistry registry = new TargetRegistry();
    private final CopyOnWriteArrayList<RefusedProvider> refusedOfHost = new CopyOnWriteArrayList<>();

    /** By service. The keys are weak: a service may be a plugin's own. Guarded by itself. */
    private final Map<Class<?>, List<?>> hostProviders = new WeakHashMap<>();

    private final boolean useServiceLoader;
    private final ClassLoader hostLoader;
    private final Consumer<String> breachListener;
    private final PluginFolder plugins;

    /**
     * Registers what is given and found.
     *
     * @param givenTypes the embedder's target types
     * @param givenProviders the embedder's device providers
     * @param useServiceLoader whether to look on the host's own path
     * @param pluginFolder the plugin folder, or null for none
     * @param breachListener told of what a target did that it must not do
     * @throws IOException if there is no such folder
     */
    Extensions(
            Collection<? extends TargetType<?>> givenTypes,
            Collection<? extends BlockDeviceProvider> givenProviders,
            boolean useServiceLoader,
            Path pluginFolder,
            Consumer<String> breachListener)
            throws IOException {
        this.breachListener = breachListener;
        this.useServiceLoader = useServiceLoader;
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        this.hostLoader = context == null ? Extensions.class.getClassLoader() : context;
        ProviderSource given = new ProviderSource("given by the embedder", null);
        givenTypes.forEach(type -> noteRefusal(given, registry.register(given, type)));
        givenProviders.forEach(provider -> noteRefusal(given, registry.register(given, provider)));
        if (useServiceLoader) {
            for (ProviderFinder.Found<?> found : findOnHost(TargetType.class, refusedOfHost)) {
                ProviderSource source = new ProviderSource(found.location(), null);
                noteRefusal(source, registry.register(source, (TargetType<?>) found.provider()));
            }
            List<BlockDeviceProvider> accepted = new ArrayList<>();
            for (ProviderFinder.Found<BlockDeviceProvider> found :
                    findOnHost(BlockDeviceProvider.class, refusedOfHost)) {
                ProviderSource source = new ProviderSource(found.location(), null);
                if (noteRefusal(source, registry.register(source, found.provider()))) {
                    accepted.add(found.provider());
                }
            }
            hostProviders.put(BlockDeviceProvider.class, accepted);
        }
        this.plugins = pluginFolder == null ? null : new PluginFolder(pluginFolder, registry);
        rescan();
    }

    private <P> List<ProviderFinder.Found<P>> findOnHost(Class<P> service, List<RefusedProvider> refused) {
        return ProviderFinder.find(service, hostLoader, null, refused);
    }

    private boolean noteRefusal(ProviderSource source, String reason) {
        if (reason != null) {
            refusedOfHost.add(new RefusedProvider(source.location(), reason));
        }
        return reason == null;
    }

    /** A target did what it must not do. */
    void breach(String what) {
        breachListener.accept(what);
    }

    TargetRegistry registry() {
        return registry;
    }

    /** Looks at the plugin folder again. Cheap if nothing has changed there. */
    void rescan() {
        if (plugins != null) {
            plugins.rescan();
        }
    }

    boolean hasPluginFolder() {
        return plugins != null;
    }

    /** What was found and is not registered. */
    List<RefusedProvider> refused() {
        List<RefusedProvider> refused = new ArrayList<>(refusedOfHost);
        if (plugins != null) {
            refused.addAll(plugins.refused());
        }
        return refused;
    }

    /**
     * What is installed of a service that a target lets others provide. What is broken is found in {@link #refused}.
     *
     * @param service the interface
     * @param user told of each plugin that a provider comes from, which must not be unloaded while the caller has it
     */
    <P> List<P> providers(Class<P> service, Consumer<ProviderSource> user) {
        List<P> providers = new ArrayList<>();
        if (useServiceLoader) {
            hostProviders(service).stream().map(service::cast).forEach(providers::add);
        }
        if (plugins != null) {
            List<PluginJar> held = plugins.hold();
            try {
                for (PluginJar plugin : held) {
                    List<P> ofPlugin = plugin.providers(service);
                    if (!ofPlugin.isEmpty()) {
                        user.accept(plugin);
                        providers.addAll(ofPlugin);
                    }
                }
            } finally {
                held.forEach(ProviderSource::removeUser);
            }
        }
        return providers;
    }

    private List<?> hostProviders(Class<?> service) {
        synchronized (hostProviders) {
            return hostProviders.computeIfAbsent(service, this::findAcceptedOnHost);
        }
    }

    private <P> List<P> findAcceptedOnHost(Class<P> service) {
        Extensions.class.getModule().addUses(service);
        List<P> accepted = new ArrayList<>();
        for (ProviderFinder.Found<P> found : findOnHost(service, refusedOfHost)) {
            ProviderSource source = new ProviderSource(found.location(), null);
            if (noteRefusal(source, ApiLevelCheck.refusal(source, service, found.provider()))) {
                accepted.add(found.provider());
            }
        }
        return accepted;
    }

    /** Unloads the plugins; no table is left. */
    @Override
    public void close() {
        if (plugins != null) {
            plugins.close();
        }
    }
}
