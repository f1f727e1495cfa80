package io.devicemapper.core;

/**
 * A provider that was found and not registered.
 *
 * @param location the jar, folder or module, and the provider where its name is known
 * @param reason why, in one line
 */
public record RefusedProvider(String location, String reason) {
    /** A reason can quote what the provider said, in however many lines. */
    public RefusedProvider {
        reason = reason.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
