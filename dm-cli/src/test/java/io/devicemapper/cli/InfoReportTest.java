package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Expected outputs are dmsetup's. */
class InfoReportTest {
    private static final DeviceInfo A =
            device("a", Optional.empty(), 0, 1, List.of(new DeviceInfo.OtherLower("/data/a.img")));
    private static final DeviceInfo B =
            device("b", Optional.of("MYUUID-1"), 10, 0, List.of(new DeviceInfo.MappedLower("a", 253, 0)));
    private static final List<DeviceInfo> ALL = List.of(A, B);

    private static DeviceInfo device(
            String name, Optional<String> uuid, int minor, int openCount, List<DeviceInfo.Lower> lower) {
        return new DeviceInfo(name, uuid, 253, minor, 0, openCount, false, false, false, true, false, 1, lower);
    }

    private static String columns(String... options) throws CliException {
        String[] args = new String[options.length + 2];
        args[0] = "info";
        args[1] = "-c";
        System.arraycopy(options, 0, args, 2, options.length);
        return InfoReport.columns(CommandLine.parse(List.of(args)).orElseThrow(), ALL, ALL);
    }

    @Test
    void aBlockHasALineForEachFact() {
        assertEquals("""
                Name:              b
                State:             ACTIVE
                Tables present:    LIVE
                Open count:        0
                Event number:      0
                Major, minor:      253, 10
                Number of targets: 1
                UUID: MYUUID-1

                """, InfoReport.block(B, true));
    }

    @Test
    void theStateSaysAllThatIsSpecial() {
        DeviceInfo device =
                new DeviceInfo("x", Optional.empty(), 253, 2, 7, 3, true, true, true, false, true, 2, List.of());
        assertEquals("""
                Name:              x
                State:             SUSPENDED (READ-ONLY) (DEFERRED REMOVE)
                Tables present:    INACTIVE
                Event number:      7
                Major, minor:      253, 2
                Number of targets: 2

                """, InfoReport.block(device, false));
    }

    @Test
    void columnsAreAlignedUnderTheirHeadings() throws CliException {
        assertEquals("""
                Name             Maj Min Stat Open Targ Event  UUID                           \s
                a                253   0 L--w    1    1      0                                \s
                b                253  10 L--w    0    1      0 MYUUID-1                       \s
                """, columns());
    }

    @Test
    void withoutHeadingsFieldsAreJoined() throws CliException {
        assertEquals("a:\nb:MYUUID-1\n", columns("--noheadings", "-o", "name,uuid"));
        assertEquals("a|\nb|MYUUID-1\n", columns("--noheadings", "--separator", "|", "-o", "name,uuid"));
    }

    @Test
    void aSeparatorJoinsHeadingsToo() throws CliException {
        assertEquals("Name|Min\na|0\nb|10\n", columns("--separator", "|", "-o", "name,minor"));
    }

    @Test
    void prefixesNameEachField() throws CliException {
        assertEquals(
                "DM_NAME='a':DM_UUID='':DM_ATTR='L--w'\nDM_NAME='b':DM_UUID='MYUUID-1':DM_ATTR='L--w'\n",
                columns("--nameprefixes", "-o", "name,uuid,attr"));
    }

    @Test
    void aPlusAddsToTheDefault() throws CliException {
        assertEquals(
                "a:253:0:L--w:1:1:0::253:0\nb:253:10:L--w:0:1:0:MYUUID-1:253:10\n",
                columns("--noheadings", "-o", "+devno"));
    }

    @Test
    void whatADeviceUsesAndWhoUsesIt() throws CliException {
        assertEquals(
                "a:dm-0:/data/a.img::1:b:253:10\nb:dm-10:253:0:a:1::\n",
                columns(
                        "--noheadings",
                        "-o",
                        "name,blkdevname,devnos_used,devs_used,device_count,names_using_dev,devnos_using_dev"));
    }

    @Test
    void numbersAreSortedByValueAndTextsByCharacter() throws CliException {
        assertEquals("b\na\n", columns("--noheadings", "-o", "name", "-O", "-minor"));
        assertEquals("b\na\n", columns("--noheadings", "-o", "name", "-O", "open,name"));
        assertEquals("a\nb\n", columns("--noheadings", "-o", "name", "-O", "uuid"));
    }

    @Test
    void aGroupIsAllItsFields() throws CliException {
        assertEquals("a:\nb:MYUUID-1\n", columns("--noheadings", "-o", "name_all"));
    }

    @Test
    void anUnknownFieldIsRefused() {
        CliException e = assertThrows(CliException.class, () -> columns("-o", "name,nosuch"));
        assertEquals(
                "info: unknown field 'nosuch'; known: name, uuid, blkdevname, attr, tables_loaded, suspended, readonly, devno,"
                        + " major, minor, open, segments, events, device_count, devs_used, devnos_used, blkdevs_used,"
                        + " device_ref_count, names_using_dev, devnos_using_dev",
                e.getMessage());
    }

    @Test
    void lvmNamesAreSplitAtSingleHyphens() throws CliException {
        assertEquals(new LvmName("vg0", "my-lv_tmeta", ""), LvmName.split("vg0-my--lv_tmeta"));
        assertEquals(new LvmName("v-g", "lv", "real"), LvmName.split("v--g-lv-real"));
        CommandLine line =
                CommandLine.parse(List.of("splitname", "vg0-my--lv_tmeta")).orElseThrow();
        assertEquals("VG   LV          LVLayer\nvg0  my-lv_tmeta        \n", LvmName.report(line));
    }
}
