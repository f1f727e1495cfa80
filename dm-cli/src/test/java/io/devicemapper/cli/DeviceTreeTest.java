package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Expected outputs were printed by dmsetup, except where a comment says otherwise. */
class DeviceTreeTest {
    private static final DeviceInfo LOW = device("low", 0, "GOLD-low", 1, other("7:1"), other("7:0"));
    private static final DeviceInfo CRY = device("cry", 1, null, 1, mapped(LOW));
    private static final DeviceInfo TOP = device("top", 2, null, 0, other("7:2"), mapped(CRY));
    private static final DeviceInfo RO = new DeviceInfo(
            "ro", Optional.empty(), 253, 3, 0, 0, false, true, false, true, false, 1, List.of(other("7:3")));
    private static final DeviceInfo NO = device("no", 4, null, 0);
    private static final List<DeviceInfo> ALL = List.of(CRY, LOW, NO, RO, TOP);

    private static DeviceInfo device(String name, int minor, String uuid, int openCount, DeviceInfo.Lower... lower) {
        return new DeviceInfo(
                name,
                Optional.ofNullable(uuid),
                253,
                minor,
                0,
                openCount,
                false,
                false,
                false,
                true,
                false,
                1,
                List.of(lower));
    }

    private static DeviceInfo.Lower mapped(DeviceInfo device) {
        return new DeviceInfo.MappedLower(device.name(), device.major(), device.minor());
    }

    private static DeviceInfo.Lower other(String name) {
        return new DeviceInfo.OtherLower(name);
    }

    @Test
    void fromTheTop() throws CliException {
        assertEquals("""
                no (253:4)
                ro (253:3)
                 `- (7:3)
                top (253:2)
                 |- (7:2)
                 `-cry (253:1)
                    `-low (253:0)
                       |- (7:1)
                       `- (7:0)
                """, DeviceTree.print(ALL, "", false));
    }

    @Test
    void withAttributes() throws CliException {
        assertEquals("""
                no (253:4) [ACTIVE, RW, 0, ]
                ro (253:3) [ACTIVE, RO, 0, ]
                 `- (7:3)
                top (253:2) [ACTIVE, RW, 0, ]
                 |- (7:2)
                 `-cry (253:1) [ACTIVE, RW, 1, ]
                    `-low (253:0) [ACTIVE, RW, 1, GOLD-low]
                       |- (7:1)
                       `- (7:0)
                """, DeviceTree.print(ALL, "device,active,open,rw,uuid,ascii", true));
    }

    @Test
    void fromTheBottom() throws CliException {
        assertEquals("""
                 (7:1)
                 `-low (253:0)
                    `-cry (253:1)
                       `-top (253:2)
                 (7:0)
                 `-low (253:0)
                    `-cry (253:1)
                       `-top (253:2)
                no (253:4)
                 (7:3)
                 `-ro (253:3)
                 (7:2)
                 `-top (253:2)
                """, DeviceTree.print(ALL, "inverted,ascii", false));
    }

    @Test
    void compactIsOneLineForAChain() throws CliException {
        DeviceInfo a = device("a", 0, null, 1, other("7:0"));
        DeviceInfo b = device("b", 1, null, 0, mapped(a));
        assertEquals("b---a", DeviceTree.print(List.of(a, b), "nodevice,compact", false));
    }

    /** Not from dmsetup: how pstree(1), whose style this is, joins siblings. */
    @Test
    void compactJoinsSiblings() throws CliException {
        assertEquals("""
                no (253:4)
                ro (253:3)--- (7:3)
                top (253:2)-+- (7:2)
                            `-cry (253:1)---low (253:0)-+- (7:1)
                                                        `- (7:0)""", DeviceTree.print(ALL, "compact", false));
    }

    /** Not from dmsetup, but its characters. */
    @Test
    void drawnInUtf8() throws CliException {
        assertEquals("""
                top (253:2)
                 ├─ (7:2)
                 └─cry (253:1)
                    └─low (253:0)
                       ├─ (7:1)
                       └─ (7:0)
                """, DeviceTree.print(List.of(CRY, LOW, TOP), "", true));
    }

    @Test
    void aSharedDeviceStandsBelowEachUser() throws CliException {
        DeviceInfo x = device("x", 7, null, 0, mapped(LOW));
        assertEquals("""
                cry (253:1)
                 `-low (253:0)
                    |- (7:1)
                    `- (7:0)
                x (253:7)
                 `-low (253:0)
                    |- (7:1)
                    `- (7:0)
                """, DeviceTree.print(List.of(CRY, LOW, x), "", false));
    }

    @Test
    void withoutDevicesThereIsNothing() throws CliException {
        assertEquals("", DeviceTree.print(List.of(), "", false));
    }

    @Test
    void anUnknownOptionIsRefused() {
        CliException e = assertThrows(CliException.class, () -> DeviceTree.print(ALL, "wide", false));
        assertEquals(
                "ls: unknown option 'wide' for a tree; known: active, ascii, blkdevname, compact, device, inverted, nodevice,"
                        + " notrunc, open, rw, utf, uuid, vt100",
                e.getMessage());
    }
}
