package io.devicemapper.testkit;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.MappedDevice;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** One type, many targets: the type itself keeps nothing. */
interface InstanceRules extends Rules {
    @Test
    default void one01_twoTargetsOfOneTableShareNothing(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        Assumptions.assumeFalse(rig.standsAlone(), "the target must be alone in its table");
        rig.block(); // looks at a target of its own, which may want its devices for itself
        TestBed second = rig.anotherBed("second-");
        String table = line(rig, 0, rig.test().args(rig.bed()))
                + line(rig, rig.len(), rig.test().args(second));
        MappedDevice device = rig.deviceMapper().create(TargetRig.DEVICE, table);
        take(io(rig, rig.bed(), rig.checked(device), 0), io(rig, second, rig.checked(device), rig.len()));
    }

    @Test
    default void one02_twoDevicesShareNothing(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        rig.block(); // looks at a target of its own, which may want its devices for itself
        TestBed second = rig.anotherBed("second-");
        MappedDevice one =
                rig.deviceMapper().create("kit-one", line(rig, 0, rig.test().args(rig.bed())));
        MappedDevice two =
                rig.deviceMapper().create("kit-two", line(rig, 0, rig.test().args(second)));
        RigIo ofOne = io(rig, rig.bed(), rig.checked(one), 0);
        take(ofOne, io(rig, second, rig.checked(two), 0));
        rig.deviceMapper().remove("kit-two");
        ofOne.verifyAll();
        ofOne.fill();
        ofOne.verifyAll();
    }

    private static RigIo io(TargetRig rig, TestBed bed, BlockDevice device, long begin) {
        return new RigIo(rig, new TargetContents(rig.test(), bed), device, begin, rig.len());
    }

    private static String line(TargetRig rig, long begin, String args) {
        return begin + " " + rig.len() + " " + rig.type().name() + " " + args + "\n";
    }

    private static void take(RigIo one, RigIo two) throws Exception {
        one.fill();
        two.fill();
        one.verifyAll();
        two.verifyAll();
        one.fill();
        two.verifyAll();
        one.verifyAll();
    }
}
