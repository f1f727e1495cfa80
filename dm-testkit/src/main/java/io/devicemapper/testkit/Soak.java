package io.devicemapper.testkit;

/** How long random histories are: short by default, long where the system property {@code dm.soak} is {@code true}. */
final class Soak {
    private static final boolean ON = Boolean.getBoolean("dm.soak");

    private Soak() {}

    static int times(int usually, int soaking) {
        return ON ? soaking : usually;
    }
}
