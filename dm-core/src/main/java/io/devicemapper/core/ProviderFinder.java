package io.devicemapper.core;

import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Walks a {@link ServiceLoader} past whatever is broken in it. */
final class ProviderFinder {
    /** Ends a walk that fails again and again at the same place; a sound one never fails so often in a row. */
    private static final int MAX_CONSECUTIVE_FAILURES = 100;

    /**
     * A provider and where it came from.
     *
     * @param provider the instance
     * @param location its jar, folder or module, and its class
     */
    record Found<P>(P provider, String location) {}

    private ProviderFinder() {}

    /**
     * All providers of a service that can be made.
     *
     * @param service the interface
     * @param loader where to look
     * @param location names the place in messages about providers that cannot be made; null to tell it from the service files
     * @param refused gets an entry for each one that cannot
     */
    static <P> List<Found<P>> find(
            Class<P> service, ClassLoader loader, String location, List<RefusedProvider> refused) {
        List<Found<P>> found = new ArrayList<>();
        Iterator<P> providers = ServiceLoader.load(service, loader).iterator();
        ServiceFiles files = null; // made when something is wrong
        for (int failures = 0; failures < MAX_CONSECUTIVE_FAILURES; ) {
            try {
                // A missing superclass surfaces in hasNext, nearly all else in next.
                if (!providers.hasNext()) {
                    break;
                }
                P provider = providers.next();
                found.add(new Found<>(provider, location(provider)));
                failures = 0;
            } catch (ServiceConfigurationError | LinkageError e) {
                if (location == null && files == null) {
                    files = new ServiceFiles(service, loader);
                }
                String place = location == null ? place(files, e, found) : location;
                refused.add(new RefusedProvider(place, reason(e)));
                failures++;
            }
        }
        return found;
    }

    private static String place(ServiceFiles files, Throwable failure, List<? extends Found<?>> found) {
        List<String> made =
                found.stream().map(f -> f.provider().getClass().getName()).toList();
        return files.placeOf(failure, made).orElse("class path");
    }

    /** In one line: what ServiceLoader says, and what the provider threw, which it hides in the cause. */
    private static String reason(Throwable e) {
        if (!(e instanceof ServiceConfigurationError) || e.getMessage() == null) {
            return ThrownText.of(e);
        }
        Throwable cause = e.getCause();
        if (cause instanceof ExceptionInInitializerError && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String reason = cause == null ? e.getMessage() : e.getMessage() + ": " + ThrownText.of(cause);
        return reason.lines().findFirst().orElse("");
    }

    private static String location(Object provider) {
        Class<?> type = provider.getClass();
        if (type.getModule().isNamed()) {
            return "module " + type.getModule().getName();
        }
        CodeSource source = type.getProtectionDomain().getCodeSource();
        return source == null || source.getLocation() == null
                ? type.getName()
                : source.getLocation().getPath();
    }
}
