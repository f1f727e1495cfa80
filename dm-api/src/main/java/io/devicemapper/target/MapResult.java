package io.devicemapper.target;

/**
 * What {@link TargetType#map} did with a bio. Obtained from the call on {@link TargetBio} that did it; returning another one is
 * a breach, which fails the bio.
 */
public enum MapResult {
    /** The bio has another device and sector; the host submits it. */
    REMAPPED,
    /** The target keeps the bio and will end or remap it, now or later, on any thread. */
    SUBMITTED,
    /** The bio has ended. */
    COMPLETED,
    /** The host holds the bio back and maps it again later. */
    REQUEUED
}
