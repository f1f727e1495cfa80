package io.devicemapper.testkit;

import java.util.List;

/** Faults on all lower devices of a target at once. */
final class Faults {
    private Faults() {}

    /** Holds back whatever comes to the devices of the target. */
    static List<HeldBios> holdAll(TargetRig rig) {
        return rig.bed().all().stream()
                .map(device -> device.faults().hold(BioMatch.any()))
                .toList();
    }

    static void releaseAll(List<HeldBios> held) {
        held.forEach(HeldBios::remove);
        held.forEach(HeldBios::release);
    }

    static int count(List<HeldBios> held) {
        return held.stream().mapToInt(HeldBios::count).sum();
    }
}
