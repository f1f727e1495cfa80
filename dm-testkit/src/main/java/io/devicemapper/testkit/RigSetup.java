package io.devicemapper.testkit;

import io.devicemapper.block.QueueLimits;

/**
 * What a rig is like.
 *
 * @param seed decides about all that is random
 * @param scale how many times larger than usual devices and target are
 * @param limits of every lower device
 * @param late whether lower devices end bios later, on a thread of their own, in another order
 * @param place what the lower devices' names begin with
 * @param begin where on the mapped device the target begins, in logical blocks
 */
record RigSetup(long seed, long scale, QueueLimits limits, boolean late, String place, long begin) {
    /** Odd, so that no power of two hides a mistake. */
    private static final long BEGIN = 777;

    static RigSetup of(long seed) {
        return new RigSetup(seed, 1, PowerCutDevice.LIMITS, false, "", BEGIN);
    }

    RigSetup withSeed(long newSeed) {
        return new RigSetup(newSeed, scale, limits, late, place, begin);
    }

    RigSetup withScale(long newScale) {
        return new RigSetup(seed, newScale, limits, late, place, begin);
    }

    RigSetup withLimits(QueueLimits newLimits) {
        return new RigSetup(seed, scale, newLimits, late, place, begin);
    }

    RigSetup withLateDevices() {
        return new RigSetup(seed, scale, limits, true, place, begin);
    }

    RigSetup withPlace(String newPlace) {
        return new RigSetup(seed, scale, limits, late, newPlace, begin);
    }

    RigSetup withBegin(long blocks) {
        return new RigSetup(seed, scale, limits, late, place, blocks);
    }
}
