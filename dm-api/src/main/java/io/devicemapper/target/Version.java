package io.devicemapper.target;

/**
 * A target's version, as {@code dmsetup targets} shows it: {@code 1.4.0}.
 *
 * @param major changes when tables written for the last one may not load
 * @param minor changes when something is added
 * @param patch changes with corrections
 */
public record Version(int major, int minor, int patch) implements Comparable<Version> {
    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if one is negative
     */
    public Version {
        if (major < 0 || minor < 0 || patch < 0) {
            throw new IllegalArgumentException("negative version part in " + major + "." + minor + "." + patch);
        }
    }

    @Override
    public int compareTo(Version other) {
        int byMajor = Integer.compare(major, other.major);
        int byMinor = byMajor != 0 ? byMajor : Integer.compare(minor, other.minor);
        return byMinor != 0 ? byMinor : Integer.compare(patch, other.patch);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }
}
