package io.devicemapper.targets.cache;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CachePolicy;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import io.devicemapper.targets.cache.metadata.PolicyIdentity;
import io.devicemapper.targets.cache.policy.CleanerPolicy;
import io.devicemapper.targets.cache.policy.LruPolicy;
import io.devicemapper.targets.cache.policy.MqPolicy;
import io.devicemapper.targets.cache.policy.SmqPolicy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The policy of a table line, and its settings. */
final class PolicyChoice {
    static final String MIGRATION_THRESHOLD = "migration_threshold";

    private static final long DEFAULT_THRESHOLD_SECTORS = 2048;
    private static final long MAX_THRESHOLD_SECTORS = 0xFFFF_FFFFL;
    private static final int MOST_ARGUMENTS = 1024;
    private static final List<CachePolicy> OWN =
            List.of(new SmqPolicy(), new MqPolicy(), new LruPolicy(), new CleanerPolicy());

    private final CachePolicy policy;
    private final List<String> settings;
    private volatile long migrationThreshold;

    /** What messages have set: it outlives a suspend. Guarded by this. */
    private final Map<String, String> changes = new LinkedHashMap<>();

    private PolicyChoice(CachePolicy policy, List<String> settings, long migrationThreshold) {
        this.policy = policy;
        this.settings = settings;
        this.migrationThreshold = migrationThreshold;
    }

    static PolicyChoice read(DmTarget<?> ti, TargetArgs args) throws TargetException {
        String name = args.next("policy");
        // The kernel counts the arguments before it looks the policy up.
        TargetArgs settings = args.group("#policy args", MOST_ARGUMENTS, "Invalid number of policy arguments");
        CachePolicy policy = find(ti, name);
        List<String> words = settings.rest();
        PolicyChoice choice = new PolicyChoice(policy, words, DEFAULT_THRESHOLD_SECTORS);
        choice.check();
        return choice;
    }

    private static CachePolicy find(DmTarget<?> ti, String name) throws TargetException {
        String wanted = name.equals("default") ? "smq" : name;
        List<CachePolicy> known = new ArrayList<>(OWN);
        known.addAll(ti.providers(CachePolicy.class));
        for (CachePolicy policy : known) {
            if (policy.name().equals(wanted)) {
                return policy;
            }
        }
        throw new TargetException("Error creating cache's policy (unknown policy '" + name + "', known: "
                + known.stream().map(CachePolicy::name).distinct().sorted().collect(Collectors.joining(", ")) + ")");
    }

    /** Tries the settings on a small cache, so that a wrong one refuses the table. */
    private void check() throws TargetException {
        String reason = "Error setting cache policy's config values";
        if (settings.size() % 2 != 0) {
            throw new TargetException(
                    reason + " (Odd number of policy arguments given but they should be <key> <value>" + " pairs.)");
        }
        try {
            configure(policy.create(new CacheGeometry(1, 1, 64)));
        } catch (TargetException e) {
            throw new TargetException(reason + " (" + e.getMessage() + ")", e);
        }
    }

    private void configure(CacheSelection selection) throws TargetException {
        for (int i = 0; i < settings.size(); i += 2) {
            set(selection, settings.get(i), settings.get(i + 1));
        }
    }

    /** Sets one value by a message. */
    synchronized void change(CacheSelection selection, String key, String value) throws TargetException {
        set(selection, key, value);
        changes.put(key, value);
    }

    /** Sets one value, of the cache itself or of its policy. */
    private void set(CacheSelection selection, String key, String value) throws TargetException {
        if (!key.equals(MIGRATION_THRESHOLD)) {
            try {
                selection.set(key, value);
            } catch (TargetException e) {
                throw new TargetException(
                        "bad config value for " + key + ": " + value + " (" + e.getMessage() + ")", e);
            }
            return;
        }
        try {
            migrationThreshold = TargetArgs.of(value).number(key, 0, MAX_THRESHOLD_SECTORS);
        } catch (TargetException e) {
            throw new TargetException(
                    "bad config value for " + key + ": " + value + " (expected a decimal number of sectors from 0 to "
                            + MAX_THRESHOLD_SECTORS + ")",
                    e);
        }
    }

    /** Makes the policy's state for a cache. */
    synchronized CacheSelection create(CacheGeometry geometry) throws TargetException {
        CacheSelection selection = policy.create(geometry);
        configure(selection);
        for (Map.Entry<String, String> change : changes.entrySet()) {
            set(selection, change.getKey(), change.getValue());
        }
        return selection;
    }

    /** So many sectors may be under way at a time. */
    long migrationThreshold() {
        return migrationThreshold;
    }

    String name() {
        return policy.name();
    }

    PolicyIdentity identity() {
        return new PolicyIdentity(policy.name(), policy.version());
    }

    /** How many words the settings have. */
    int words() {
        return settings.size();
    }
}
