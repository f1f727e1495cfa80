package io.devicemapper.targets.cache.metadata;

import io.devicemapper.target.Version;
import java.nio.charset.StandardCharsets;

/**
 * Whose hints are in the metadata.
 *
 * @param name of the policy: at most 15 ASCII characters; empty for none
 * @param version its version
 */
public record PolicyIdentity(String name, Version version) {
    /** The longest name that fits, a terminating zero apart. */
    public static final int MAX_NAME_BYTES = 15;

    /** No policy yet. */
    public static final PolicyIdentity NONE = new PolicyIdentity("", new Version(0, 0, 0));

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it does not fit
     */
    public PolicyIdentity {
        if (name.length() > MAX_NAME_BYTES
                || !StandardCharsets.US_ASCII.newEncoder().canEncode(name)) {
            throw new IllegalArgumentException(
                    "policy name '" + name + "': at most " + MAX_NAME_BYTES + " ASCII characters fit");
        }
    }

    /** Whether this policy understands the other's hints: same name, same major version. The kernel's rule. */
    public boolean understands(PolicyIdentity other) {
        return name.equals(other.name) && version.major() == other.version.major();
    }
}
