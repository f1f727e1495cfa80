package io.devicemapper.targets.cache.sim;

import io.devicemapper.cache.CachePolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** The policies of all jars on the class path or module path. */
final class Policies {
    /** A broken jar can make each attempt to go on fail. */
    private static final int MAX_CONSECUTIVE_FAILURES = 16;

    private final List<CachePolicy> found = new ArrayList<>();
    private final List<String> broken = new ArrayList<>();

    Policies() {
        Iterator<CachePolicy> providers = ServiceLoader.load(CachePolicy.class, CachePolicy.class.getClassLoader())
                .iterator();
        for (int failures = 0; failures < MAX_CONSECUTIVE_FAILURES; ) {
            try {
                if (!providers.hasNext()) {
                    break;
                }
                found.add(providers.next());
                failures = 0;
            } catch (ServiceConfigurationError | LinkageError e) {
                broken.add(e.toString());
                failures++;
            }
        }
    }

    CachePolicy named(String name) throws SimException {
        for (CachePolicy policy : found) {
            if (policy.name().equals(name)) {
                return policy;
            }
        }
        List<String> names = new ArrayList<>();
        found.forEach(policy -> names.add(policy.name()));
        Collections.sort(names);
        throw new SimException("unknown policy '" + name + "'; known: " + String.join(", ", names)
                + (broken.isEmpty() ? "" : "; not loaded: " + String.join("; ", broken)));
    }
}
