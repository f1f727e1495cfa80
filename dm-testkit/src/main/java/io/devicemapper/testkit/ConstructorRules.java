package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.core.CreateRequest;
import io.devicemapper.core.DmException;
import io.devicemapper.core.LoadRequest;
import io.devicemapper.target.TargetFeature;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code ctr} accepts and refuses. */
interface ConstructorRules extends Rules {
    /** What stands for an argument that is none; no word of it names a device. */
    List<String> GARBAGE = List.of(
            "x",
            "-1",
            "+1",
            "1.5",
            "0x10",
            "00000000000000000001x",
            "4294967296",
            "9223372036854775807",
            "9223372036854775808",
            "99999999999999999999999",
            "\\ ",
            "%s%n",
            "\u0661",
            "\u00e9");

    @Test
    default void ctr01_itsArgumentsMakeATarget(TargetRig rig) throws Exception {
        assertEquals(rig.size(), rig.device().sectors());
        assertEquals(rig.type().name(), rig.target().typeName());
        rig.remove();
        rig.device();
    }

    @Test
    default void ctr02_missingArgumentsAreRefusedOrMatter(TargetRig rig) throws Exception {
        rig.needs(Behavior.STRICT_ARGUMENTS, Behavior.TABLE_ROUND_TRIP);
        String full = rig.tableText();
        rig.remove();
        List<String> words = ArgumentWords.split(rig.args());
        for (int count = 0; count < words.size(); count++) {
            String args = String.join(" ", words.subList(0, count));
            String what = "the first " + count + " of " + words.size() + " arguments";
            if (Refusal.of(what, rig, () -> create(rig, args)) == null) {
                // Some may be optional; but then they must make a difference, or else they would be of no use.
                assertTrue(
                        !rig.tableText().equals(full), () -> what + ": made the same target as all of them: " + full);
                rig.remove();
            }
            assertNoClaims(rig, what);
        }
    }

    @Test
    default void ctr03_surplusArgumentsAreRefused(TargetRig rig) throws Exception {
        rig.needs(Behavior.STRICT_ARGUMENTS);
        for (String surplus : List.of("0", "surplus", "surplus words")) {
            String args = rig.args() + " " + surplus;
            Refusal.required("surplus '" + surplus + "'", rig, () -> create(rig, args));
            assertNoClaims(rig, surplus);
        }
    }

    @Test
    default void ctr04_garbageIsRefusedInOneLineOrTaken(TargetRig rig) throws Exception {
        List<String> words = ArgumentWords.split(rig.args());
        for (int i = 0; i < words.size(); i++) {
            for (String garbage : GARBAGE) {
                List<String> changed = new ArrayList<>(words);
                changed.set(i, garbage);
                String what = "argument " + (i + 1) + " replaced by '" + garbage + "'";
                if (Refusal.of(what, rig, () -> create(rig, String.join(" ", changed))) == null) {
                    rig.remove();
                }
                assertNoClaims(rig, what);
            }
        }
    }

    @Test
    default void ctr05_missingDeviceIsNamed(TargetRig rig) throws Exception {
        List<String> words = ArgumentWords.split(rig.args());
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i).startsWith("bed:")) {
                List<String> changed = new ArrayList<>(words);
                changed.set(i, "bed:nowhere");
                String what = "a device that does not exist as argument " + (i + 1);
                String message = Refusal.required(what, rig, () -> create(rig, String.join(" ", changed)));
                assertTrue(message.contains("bed:nowhere"), () -> what + ": not named in: " + message);
                assertNoClaims(rig, what);
            }
        }
    }

    @Test
    default void ctr06_whatWasTakenBeforeTheNthDeviceFailedIsGivenBack(TargetRig rig) throws Exception {
        String table = rig.table();
        for (BedDevice refusing : rig.bed().all()) {
            refusing.refuseToOpen(true);
            String what = refusing.name() + ", which cannot be opened";
            String message = Refusal.of(what, rig, () -> rig.deviceMapper().create(TargetRig.DEVICE, table));
            if (message == null) {
                rig.remove(); // a device that ctr needs no more than a spare
            } else {
                assertTrue(message.contains(refusing.name()), () -> what + ": not named in: " + message);
            }
            assertNoClaims(rig, what);
            refusing.refuseToOpen(false);
            rig.deviceMapper().create(TargetRig.DEVICE, table);
            rig.remove();
        }
    }

    @Test
    default void ctr07_readOnlyTableReadsItsDevicesOnly(TargetRig rig) throws Exception {
        CreateRequest request =
                CreateRequest.named(TargetRig.DEVICE).table(rig.table()).readOnly(true);
        if (rig.type().features().contains(TargetFeature.ALWAYS_WRITEABLE)) {
            Refusal.required("a read-only table", rig, () -> rig.deviceMapper().create(request));
            return;
        }
        rig.block(); // looks at a writable target, so it comes before
        rig.deviceMapper().create(request);
        for (BedDevice device : rig.bed().all()) {
            assertTrue(
                    !device.wasOpened() || device.lastOpenedReadOnly(),
                    () -> device.name() + " was claimed for writing by a read-only table");
        }
        if (rig.has(Behavior.READS)) {
            rig.io().verifyAll();
        }
    }

    @Test
    default void ctr08_devicesTooSmallAreRefusedOrNotExceeded(TargetRig rig) throws Exception {
        rig.block();
        long tooLong = rig.len() * 64;
        String line = "0 " + tooLong + " " + rig.type().name() + " " + rig.args();
        String what = "a target 64 times as long";
        if (Refusal.of(what, rig, () -> rig.deviceMapper().create("kit-long", line)) == null) {
            // Perhaps it needs no space. The host blames it if it leaves its devices.
            Bios.run(
                    rig.checked(rig.deviceMapper().device("kit-long").orElseThrow()),
                    BioOp.READ,
                    BioFlags.NONE,
                    tooLong - rig.block(),
                    rig.block(),
                    ByteBuffer.allocate((int) rig.block() * Bio.SECTOR_SIZE));
        }
    }

    @Test
    default void ctr09_refusedReloadLeavesTheLiveTarget(TargetRig rig) throws Exception {
        rig.needs(Behavior.STRICT_ARGUMENTS);
        rig.io().fill();
        List<Integer> claims = claims(rig);
        String bad = rig.table(rig.args() + " surplus words");
        Refusal.required(
                "a reload with surplus words",
                rig,
                () -> rig.deviceMapper().load(TargetRig.DEVICE, LoadRequest.of(bad)));
        assertEquals(claims, claims(rig), "claims on the lower devices");
        if (rig.has(Behavior.READS)) {
            rig.io().verifyAll();
        }
    }

    private static List<Integer> claims(TargetRig rig) {
        return rig.allDevices().stream().map(BedDevice::open).toList();
    }

    private static void create(TargetRig rig, String args) throws DmException {
        rig.deviceMapper().create(TargetRig.DEVICE, rig.table(args));
    }

    private static void assertNoClaims(TargetRig rig, String what) {
        for (BedDevice device : rig.allDevices()) {
            assertEquals(0, device.open(), () -> what + ": claims left on " + device.name());
        }
    }
}
