package io.devicemapper.targets.cache.torture;

import java.util.Random;

/** How long random histories are: short by default, long where the system property {@code dm.soak} is {@code true}. */
final class Soak {
    private static final boolean ON = Boolean.getBoolean("dm.soak");

    private Soak() {}

    static int times(int usually, int soaking) {
        return ON ? soaking : usually;
    }

    /** The seed of a random test: another one each time, or the system property {@code dm.seed}. Tests put it into their messages. */
    static long seed() {
        return Long.getLong("dm.seed", new Random().nextLong());
    }
}
