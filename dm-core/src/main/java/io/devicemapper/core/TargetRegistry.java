package io.devicemapper.core;

import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetFeature;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * The target types that tables may name, and the block device providers, as found when the device mapper was opened. What is broken is kept out,
 * with its location and the reason, and hurts nothing else.
 */
final class TargetRegistry {
    private static final Pattern TARGET_NAME = Pattern.compile("[a-z][a-z0-9_-]{0,14}");
    private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.-]+");

    /** A registered type, with what was true of it when it was registered. */
    record Registration(
            TargetRegistry registry,
            TargetType<?> type,
            String name,
            Version version,
            int apiLevel,
            String location,
            boolean hasEndIo,
            Set<TargetFeature> features,
            AtomicInteger tablesInUse) {}

    private final Map<String, Registration> types = new TreeMap<>();
    private final Map<String, BlockDeviceProvider> deviceProviders = new TreeMap<>();
    private final Map<String, String> deviceProviderLocations = new TreeMap<>();
    private final Map<Class<?>, List<?>> otherProviders = new ConcurrentHashMap<>();
    private final List<RefusedProvider> refused = new ArrayList<>();
    private final boolean useServiceLoader;

    TargetRegistry(
            Collection<? extends TargetType<?>> givenTypes,
            Collection<? extends BlockDeviceProvider> givenProviders,
            boolean useServiceLoader) {
        this.useServiceLoader = useServiceLoader;
        for (TargetType<?> type : givenTypes) {
            register(new ProviderFinder.Found<>(type, "given by the embedder"));
        }
        for (BlockDeviceProvider provider : givenProviders) {
            registerProvider(new ProviderFinder.Found<>(provider, "given by the embedder"));
        }
        if (useServiceLoader) {
            ProviderFinder.find(TargetType.class, refused).forEach(this::register);
            ProviderFinder.find(BlockDeviceProvider.class, refused).forEach(this::registerProvider);
        }
    }

    private void register(ProviderFinder.Found<?> found) {
        try {
            TargetType<?> type = (TargetType<?>) found.provider();
            String name = type.name();
            String location = found.location();
            if (name == null || !TARGET_NAME.matcher(name).matches()) {
                refuse(
                        location,
                        "target name '" + name + "': expected 1 to 15 characters of a-z 0-9 - _, the first a letter");
            } else if (type.apiLevel() > DmApi.LEVEL) {
                refuse(
                        location,
                        "target " + name + " needs API level " + type.apiLevel() + ", this host has " + DmApi.LEVEL);
            } else if (types.containsKey(name)) {
                refuse(
                        location,
                        "target " + name + " is already registered from "
                                + types.get(name).location());
            } else if (type.version() == null) {
                refuse(location, "target " + name + " has no version");
            } else {
                types.put(
                        name,
                        new Registration(
                                this,
                                type,
                                name,
                                type.version(),
                                type.apiLevel(),
                                location,
                                overridesEndIo(type),
                                Set.copyOf(type.features()),
                                new AtomicInteger()));
            }
        } catch (RuntimeException | LinkageError e) {
            refuse(found.location(), "failed to say what it is: " + e);
        }
    }

    private void registerProvider(ProviderFinder.Found<? extends BlockDeviceProvider> found) {
        try {
            BlockDeviceProvider provider = found.provider();
            String scheme = provider.scheme();
            if (scheme == null || !SCHEME.matcher(scheme).matches()) {
                refuse(
                        found.location(),
                        "device scheme '" + scheme
                                + "': expected at least two characters of a-z 0-9 + - ., the first a letter");
            } else if (provider.apiLevel() > DmApi.LEVEL) {
                refuse(
                        found.location(),
                        "device scheme " + scheme + " needs API level " + provider.apiLevel() + ", this host has "
                                + DmApi.LEVEL);
            } else if (deviceProviders.putIfAbsent(scheme, provider) != null) {
                refuse(
                        found.location(),
                        "device scheme " + scheme + " is already provided by " + deviceProviderLocations.get(scheme));
            } else {
                deviceProviderLocations.put(scheme, found.location());
            }
        } catch (RuntimeException | LinkageError e) {
            refuse(found.location(), "failed to say what it is: " + e);
        }
    }

    private void refuse(String location, String reason) {
        refused.add(new RefusedProvider(location, reason));
    }

    /** Whether a type has an {@code endIo} of its own; where it has none, bios need not be shown to it on their way up. */
    private static boolean overridesEndIo(TargetType<?> type) {
        try {
            return type.getClass()
                            .getMethod("endIo", DmTarget.class, TargetBio.class, BioStatus.class)
                            .getDeclaringClass()
                    != TargetType.class;
        } catch (NoSuchMethodException e) {
            return true;
        }
    }

    /** The registration, or null. */
    Registration find(String name) {
        return types.get(name);
    }

    Collection<Registration> registrations() {
        return types.values();
    }

    Map<String, BlockDeviceProvider> deviceProviders() {
        return deviceProviders;
    }

    List<RefusedProvider> refused() {
        return List.copyOf(refused);
    }

    /** What is installed of some other service. Looked for once. */
    <P> List<P> providers(Class<P> service) {
        if (!useServiceLoader) {
            return List.of();
        }
        List<?> found = otherProviders.computeIfAbsent(service, s -> {
            TargetRegistry.class.getModule().addUses(s);
            return ProviderFinder.find(s, new ArrayList<>()).stream()
                    .map(ProviderFinder.Found::provider)
                    .toList();
        });
        return found.stream().map(service::cast).toList();
    }
}
