package io.devicemapper.core;

import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.TargetType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The target types and block device providers that tables may name. A name that several jars offer in different versions means the highest, for a
 * new table; an old table keeps its own. Safe for use by several threads.
 */
final class TargetRegistry {
    private static final Pattern TARGET_NAME = Pattern.compile("[a-z][a-z0-9_-]{0,14}");
    private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.-]+");

    /** A block device provider and where it came from. */
    record DeviceProvider(BlockDeviceProvider provider, String scheme, ProviderSource source) {}

    private final Map<String, List<Registration>> types = new TreeMap<>();
    private final Map<String, DeviceProvider> deviceProviders = new TreeMap<>();

    /** Types whose source was retired while tables used them. */
    private final List<Registration> retired = new ArrayList<>();

    /**
     * Registers a target type.
     *
     * @return why not, or null if it is registered
     */
    synchronized String register(ProviderSource source, TargetType<?> type) {
        Registration offered;
        try {
            offered = source.call(() -> new Registration(source, type));
        } catch (Throwable e) { // whatever a provider throws when asked, it is left out, and nothing else
            return type.getClass().getName() + " failed to say what it is: " + ThrownText.of(e);
        }
        String name = offered.name();
        if (name == null || !TARGET_NAME.matcher(name).matches()) {
            return "target name '" + name + "': expected 1 to 15 characters of a-z 0-9 - _, the first a letter";
        }
        if (offered.version() == null) {
            return "target " + name + " has no version";
        }
        if (offered.apiLevel() > DmApi.LEVEL) {
            return "target " + name + " needs API level " + offered.apiLevel() + ", this host has " + DmApi.LEVEL;
        }
        List<Registration> sameName = types.computeIfAbsent(name, n -> new ArrayList<>());
        for (Registration other : sameName) {
            if (other.source().isHost()) {
                return "target " + name + " is already registered from "
                        + other.source().location();
            }
            if (other.version().equals(offered.version())) {
                return "target " + name + " " + other.version() + " is already registered from "
                        + other.source().location();
            }
        }
        sameName.add(offered);
        sameName.sort(Comparator.comparing(Registration::version).reversed());
        return null;
    }

    /** As {@link #register(ProviderSource, TargetType)}, for a device provider; of these there is one for each scheme. */
    synchronized String register(ProviderSource source, BlockDeviceProvider provider) {
        String scheme;
        int apiLevel;
        try {
            scheme = source.call(provider::scheme);
            apiLevel = source.call(provider::apiLevel);
        } catch (Throwable e) { // whatever a provider throws when asked, it is left out, and nothing else
            return provider.getClass().getName() + " failed to say what it is: " + ThrownText.of(e);
        }
        if (scheme == null || !SCHEME.matcher(scheme).matches()) {
            return "device scheme '" + scheme
                    + "': expected at least two characters of a-z 0-9 + - ., the first a letter";
        }
        if (apiLevel > DmApi.LEVEL) {
            return "device scheme " + scheme + " needs API level " + apiLevel + ", this host has " + DmApi.LEVEL;
        }
        DeviceProvider other = deviceProviders.putIfAbsent(scheme, new DeviceProvider(provider, scheme, source));
        return other == null
                ? null
                : "device scheme " + scheme + " is already provided by "
                        + other.source().location();
    }

    /** Hides what a source offers from new tables; those that use it keep it. */
    synchronized void retire(ProviderSource source) {
        for (List<Registration> sameName : types.values()) {
            for (Registration registration : List.copyOf(sameName)) {
                if (registration.source() == source) {
                    sameName.remove(registration);
                    retired.add(registration);
                }
            }
        }
        types.values().removeIf(List::isEmpty);
        deviceProviders.values().removeIf(provider -> provider.source() == source);
    }

    /** Drops a retired source, unless it is in use. Nothing of it is referred to from here afterwards. */
    synchronized boolean dropIfUnused(ProviderSource source) {
        if (source.isUsed()) {
            return false;
        }
        retired.removeIf(registration -> registration.source() == source);
        return true;
    }

    /** The newest type of a name, or null. Its source has one more user, who must take himself off again. */
    synchronized Registration acquire(String name) {
        List<Registration> sameName = types.get(name);
        if (sameName == null) {
            return null;
        }
        Registration newest = sameName.get(0);
        newest.source().addUser();
        return newest;
    }

    /** The provider of a scheme, or null. Its source has one more user, who must take himself off again. */
    synchronized DeviceProvider acquireDeviceProvider(String scheme) {
        DeviceProvider provider = deviceProviders.get(scheme);
        if (provider != null) {
            provider.source().addUser();
        }
        return provider;
    }

    /** Every registered type, by name, the newest version first; then those that live on in tables alone. */
    synchronized List<Registration> registrations() {
        List<Registration> all = new ArrayList<>(
                types.values().stream().flatMap(Collection::stream).toList());
        all.addAll(retired);
        return all;
    }

    synchronized List<String> targetNames() {
        return List.copyOf(types.keySet());
    }

    synchronized List<String> schemes() {
        return List.copyOf(deviceProviders.keySet());
    }
}
