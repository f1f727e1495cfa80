package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Names, uuids and minor numbers. */
class DeviceNamesTest extends LifeCycleBed {
    @Test
    void namesUuidsAndMinorsAreUnique() throws Exception {
        MappedDevice first = dm.create(CreateRequest.named("first").uuid("U-1").minor(5));
        MappedDevice second = dm.create(CreateRequest.named("second"));
        assertEquals(0, second.minor());
        assertEquals(5, first.minor());
        assertSame(first, dm.deviceByUuid("U-1").orElseThrow());
        assertSame(first, dm.deviceByMinor(5).orElseThrow());
        assertSame(first, dm.device("/dev/mapper/first").orElseThrow());
        fails(DmError.EXISTS, "first: a device of this name exists", () -> dm.create(CreateRequest.named("first")));
        fails(
                DmError.EXISTS,
                "third: uuid U-1 is taken by first",
                () -> dm.create(CreateRequest.named("third").uuid("U-1")));
        fails(
                DmError.EXISTS,
                "third: minor number 5 is taken by first",
                () -> dm.create(CreateRequest.named("third").minor(5)));
        fails(
                DmError.INVALID,
                "third: minor number 1048576: expected 0 to 1048575",
                () -> dm.create(CreateRequest.named("third").minor(1 << 20)));
        fails(
                DmError.INVALID,
                "third: minor number -1: expected 0 to 1048575",
                () -> dm.create(CreateRequest.named("third").minor(-1)));
        fails(
                DmError.EXISTS,
                "second: cannot be renamed: a device named first exists",
                () -> dm.rename("second", "first"));
        fails(DmError.EXISTS, "second: uuid U-1 is taken by first", () -> dm.setUuid("second", "U-1"));
        dm.setUuid("second", "U-2");
        fails(DmError.INVALID, "second: has a uuid, which cannot be changed: U-2", () -> dm.setUuid("second", "U-3"));
        fails(
                DmError.INVALID,
                "third: uuid of 129 bytes: expected 1 to 128",
                () -> dm.create(CreateRequest.named("third").uuid("u".repeat(129))));
        dm.remove("second");
        assertNotSame(second, dm.create(CreateRequest.named("second").uuid("U-2")));
        assertEquals(0, dm.device("second").orElseThrow().minor(), "the lowest that is free");
        assertEquals(
                List.of("first", "second"),
                dm.devices().stream().map(MappedDevice::name).toList());
        dm.rename("second", "a-second");
        assertEquals(
                List.of("a-second", "first"),
                dm.devices().stream().map(MappedDevice::name).toList());
    }

    @Test
    void namesThatCannotBe() {
        for (String name :
                List.of("", ".", "..", "control", "a/b", "new\nline", "n".repeat(128), "\u00e9".repeat(64))) {
            DmException refused = assertThrows(DmException.class, () -> dm.create(CreateRequest.named(name)), name);
            assertEquals(DmError.INVALID, refused.error());
            assertFalse(refused.getMessage().contains("\n"));
        }
        for (String name : List.of("n".repeat(127), "a b", "\u00e9".repeat(63), "-", "...")) {
            assertEquals(name, assertCreates(name).name());
        }
    }

    @Test
    void anUnknownDeviceIsSaidToBeSo() {
        for (Control operation : List.<Control>of(
                () -> dm.load("no", "0 8 one a 0"),
                () -> dm.clear("no"),
                () -> dm.suspend("no"),
                () -> dm.resume("no"),
                () -> dm.remove("no"),
                () -> dm.rename("no", "yes"),
                () -> dm.setUuid("no", "u"),
                () -> dm.wipeTable("no"),
                () -> dm.message("no", 0, "x"))) {
            fails(DmError.NO_SUCH_DEVICE, "no: Device does not exist.", operation);
        }
    }

    private MappedDevice assertCreates(String name) {
        try {
            return dm.create(CreateRequest.named(name));
        } catch (DmException e) {
            throw new AssertionError(e);
        }
    }
}
