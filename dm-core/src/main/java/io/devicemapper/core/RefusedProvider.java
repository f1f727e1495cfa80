package io.devicemapper.core;

/**
 * A provider that was found and not registered.
 *
 * @param location the jar, folder or module, and the provider where its name is known
 * @param reason why, in one line
 */
public record RefusedProvider(String location, String reason) {}
