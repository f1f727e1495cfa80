package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.OpenHandle;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the sub-commands do, beyond what the transcripts of a kernel show. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CommandsTest {
    private static final String KEY = "00112233445566778899aabbccddeeff";

    private DaemonBed bed;

    @BeforeEach
    void start() throws IOException, CliException {
        bed = new DaemonBed(List.of(), DeviceMapper.builder().targetType(new KeyedTarget()));
    }

    @AfterEach
    void stop() throws IOException {
        bed.close();
    }

    private MappedDevice device(String name) {
        return bed.daemon().devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theTableOfACreateComesFromThreePlaces() throws IOException {
        Files.writeString(bed.folder().resolve("table"), "0 8 zero\n");
        bed.expect("create", "option", "--table", "0 8 zero");
        bed.expect("create", "file", "table");
        bed.expectWithInput("0 8 zero", "create", "input");
        bed.expectWithInput("# nothing\n\n", "create", "empty");
        assertEquals("empty: \nfile: 0 8 zero \ninput: 0 8 zero \noption: 0 8 zero \n", bed.expect("table"));
    }

    @Test
    void aTableFileThatIsMissingIsNamed() {
        assertEquals(
                "dm: the table cannot be read from none: no such file or folder", bed.refusal("create", "x", "none"));
    }

    @Test
    void relativePathsStartFromTheClientsDirectory() {
        bed.expect("create", "x", "--table", "0 8 linear file:made.img?size=4K 0");
        assertTrue(Files.exists(bed.folder().resolve("made.img")));
        assertEquals("0 8 linear file:made.img?size=4K 0\n", bed.expect("table", "x"));
    }

    @Test
    void attributesOfACreate() {
        bed.expect("create", "x", "-r", "-u", "DM-1", "-j", "253", "-m", "7", "--table", "0 8 zero");
        assertEquals("x:DM-1:7:L--r\n", bed.expect("info", "-c", "--noheadings", "-o", "name,uuid,minor,attr"));
        assertEquals(
                "dm: y: minor number 7 is taken by x", bed.refusal("create", "y", "-m", "7", "--table", "0 8 zero"));
    }

    @Test
    void aDeviceMayBeNamedByItsNode() {
        bed.expect("create", "/dev/mapper/x", "--table", "0 8 zero");
        assertEquals("0 8 zero \n", bed.expect("table", "/dev/mapper/x"));
        bed.expect("rename", "/dev/mapper/x", "/dev/mapper/y");
        assertEquals("y\t(253:0)\n", bed.expect("ls"));
    }

    @Test
    void aDeviceMayBeNamedByUuidOrNumber() {
        bed.expect("create", "x", "-u", "DM-1", "-m", "7", "--table", "0 8 zero");
        bed.expect("load", "-u", "DM-1", "--table", "0 16 zero");
        bed.expect("resume", "-m", "7");
        assertEquals("0 16 zero \n", bed.expect("table", "-j", "253", "-m", "7"));
        bed.expect("rename", "-u", "DM-1", "y");
        assertEquals("y\t(253:7)\n", bed.expect("ls"));
        bed.expect("remove", "-u", "DM-1");
        assertEquals("No devices found\n", bed.expect("ls"));
    }

    @Test
    void aCreateThatFailsLeavesNothing() {
        assertEquals(
                "dm: x: table line 1: nosuch: unknown target type; known: cache, crypt, error, keyed, linear, multipath, striped, zero",
                bed.refusal("create", "x", "--table", "0 8 nosuch"));
        assertEquals("No devices found\n", bed.expect("ls"));
    }

    @Test
    void conciseDevicesAreCreatedAllOrNone() {
        bed.expect("create", "--concise", "a,,,rw,0 8 zero;b,U-b,9,ro,0 8 error,8 8 zero");
        bed.expectWithInput("c,,,,0 8 zero\n", "create", "--concise");
        assertEquals(
                "a,,0,rw,0 8 zero ;b,U-b,9,ro,0 8 error ,8 8 zero ;c,,1,rw,0 8 zero \n",
                bed.expect("table", "--concise"));
        assertEquals(
                "dm: a: a device of this name exists",
                bed.refusal("create", "--concise", "d,,,rw,0 8 zero;a,,,rw,0 8 zero"));
        assertEquals("a\nb\nc\n", bed.expect("info", "-c", "--noheadings", "-o", "name"));
        assertEquals(
                "dm: create: line 1: e: flags: expected rw or ro, found 'x'",
                bed.refusal("create", "--concise", "e,,,x,0 8 zero"));
    }

    @Test
    void whatTableConcisePrintsMakesTheSameDevices() {
        bed.expect("create", "a", "-u", "U", "-m", "3", "--table", "0 8 linear ram:x\\ ,y;?size=4K 0");
        bed.expect("create", "none", "-n");
        String concise = bed.expect("table", "--concise");
        bed.expect("remove", "a", "none");
        bed.expectWithInput(concise, "create", "--concise");
        assertEquals(concise, bed.expect("table", "--concise"));
    }

    @Test
    void keysAreShownOnlyWhereAskedFor() {
        bed.expect("create", "x", "--table", "0 8 crypt aes " + KEY + " 0 ram:x?size=4K 0");
        String zeroes = "0".repeat(KEY.length());
        assertEquals("0 8 crypt aes " + zeroes + " 0 ram:x?size=4K 0\n", bed.expect("table", "x"));
        assertEquals("0 8 crypt aes " + KEY + " 0 ram:x?size=4K 0\n", bed.expect("table", "--showkeys", "x"));
        assertTrue(bed.expect("table", "--concise").contains(zeroes));
        assertTrue(bed.expect("table", "--concise", "--showkeys").contains(KEY));
    }

    @Test
    void aRefusalShowsNoKey() {
        assertFalse(bed.refusal("create", "x", "--table", "0 8 crypt aes " + KEY + " 0 ram:x?size=4K x")
                .contains(KEY));
        assertFalse(bed.refusal("create", "--concise", "0 8 crypt aes " + KEY + " 0 ram:x?size=4K 0")
                .contains(KEY));
    }

    @Test
    void severalDevicesOfWhichOneFails() {
        bed.expect("create", "a", "--table", "0 8 zero");
        bed.expect("create", "b", "--table", "0 8 zero");
        assertEquals(
                new DaemonBed.Result(1, "0 8 zero \n0 8 zero \n", "dm: nosuch: Device does not exist.\n"),
                bed.run("table", "a", "nosuch", "b"));
        assertEquals(
                new DaemonBed.Result(1, "", "dm: nosuch: Device does not exist.\n"),
                bed.run("remove", "a", "nosuch", "b"));
        assertEquals("No devices found\n", bed.expect("ls"));
    }

    @Test
    void suspendedDevicesAndInactiveTables() {
        bed.expect("create", "a", "--table", "0 8 zero");
        bed.expect("suspend", "--noflush", "--nolockfs", "a");
        bed.expect("load", "a", "-r", "--table", "0 16 error");
        assertEquals("0 16 error \n", bed.expect("table", "--inactive", "a"));
        assertEquals("LIsw\n", bed.expect("info", "-c", "--noheadings", "-o", "attr"));
        bed.expect("clear", "a");
        assertEquals("\n", bed.expect("table", "--inactive", "a"));
        bed.expect("resume", "a");
        assertEquals("L--w\n", bed.expect("info", "-c", "--noheadings", "-o", "attr"));
    }

    @Test
    void aBusyDeviceNamesItsHolders() throws Exception {
        bed.expect("create", "low", "--table", "0 8 zero");
        bed.expect("create", "top", "--table", "0 8 linear /dev/mapper/low 0");
        assertEquals("dm: low: device is busy: held by mapped device top", bed.refusal("remove", "low"));
        OpenHandle handle = device("top").open("somebody");
        try (handle) {
            assertEquals("dm: top: device is busy: held by somebody", bed.refusal("remove", "top"));
            assertEquals(
                    new DaemonBed.Result(0, "", "dm: remove_all: still in use: low, top\n"), bed.run("remove_all"));
            bed.expect("remove", "--deferred", "top");
            assertTrue(bed.expect("info", "top").contains("\nState:             ACTIVE (DEFERRED REMOVE)\n"));
            assertEquals(handle.device(), device("top"));
        }
    }

    @Test
    void aRemoveMayWaitForTheLastUser() throws Exception {
        bed.expect("create", "a", "--table", "0 8 zero");
        AutoCloseable handle = device("a").open("somebody");
        FutureTask<DaemonBed.Result> remove = new FutureTask<>(() -> bed.run("remove", "--retry", "a"));
        Thread client = new Thread(remove, "remove");
        client.start();
        handle.close();
        assertEquals(new DaemonBed.Result(0, "", ""), remove.get());
    }

    @Test
    void removeAllTakesStacksApart() {
        bed.expect("create", "low", "--table", "0 8 zero");
        bed.expect("create", "top", "--table", "0 8 linear /dev/mapper/low 0");
        bed.expect("remove_all");
        assertEquals("No devices found\n", bed.expect("ls"));
    }

    @Test
    void wipeTableLeavesAnErrorOfTheSameSize() {
        bed.expect("create", "a", "-r", "--table", "0 8 zero\n8 1016 zero");
        bed.expect("wipe_table", "a");
        assertEquals("0 1024 error \n", bed.expect("table", "a"));
        assertEquals("L--w\n", bed.expect("info", "-c", "--noheadings", "-o", "attr"));
        bed.expect("create", "none", "-n");
        assertEquals("dm: none: has no live table to wipe", bed.refusal("wipe_table", "none"));
    }

    @Test
    void messagesGoToATarget() {
        bed.expect("create", "a", "--table", "0 8 keyed aes " + KEY + " 0 ram:x?size=4K 0");
        assertEquals("one|two|-three\n", bed.expect("message", "--", "a", "0", "echo", "one", "two", "-three"));
        assertEquals("", bed.expect("message", "a", "0", "event"));
        assertEquals(
                "dm: message: a: Invalid sector: expected a number of sectors, found 'x'",
                bed.refusal("message", "a", "x", "hello"));
        assertTrue(bed.refusal("message", "a", "8", "hello").startsWith("dm: a: message to sector 8"));
    }

    @Test
    void aWaitEndsWithAnEvent() throws Exception {
        bed.expect("create", "a", "--table", "0 8 keyed aes " + KEY + " 0 ram:x?size=4K 0");
        CountDownLatch started = new CountDownLatch(1);
        FutureTask<DaemonBed.Result> wait = new FutureTask<>(() -> {
            started.countDown();
            return bed.run("wait", "-v", "a");
        });
        Thread client = new Thread(wait, "wait");
        client.start();
        started.await();
        bed.expect("message", "a", "0", "event");
        DaemonBed.Result result = wait.get();
        assertEquals(0, result.exitStatus());
        assertTrue(result.output().contains("\nEvent number:      1\n"), result.output());
        assertEquals("", bed.expect("wait", "a", "0"), "the number is another one already");
    }

    @Test
    void aWaitEndsWhenTheDeviceIsRemoved() throws Exception {
        bed.expect("create", "a", "--table", "0 8 zero");
        FutureTask<DaemonBed.Result> wait = new FutureTask<>(() -> bed.run("wait", "a"));
        Thread client = new Thread(wait, "wait");
        client.start();
        while (Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().endsWith("-watch"))) {
            Thread.onSpinWait();
        }
        bed.expect("remove", "a");
        assertEquals(new DaemonBed.Result(0, "", ""), wait.get());
    }

    @Test
    void versionsOfTargets() {
        assertEquals("linear           v1.4.0\n", bed.expect("target-version", "linear"));
        assertTrue(bed.expect("target-version").contains("crypt            v1.24.0\n"));
        assertEquals(
                bed.expect("target-version"),
                bed.expect("targets").replaceAll("(?m)^(\\S+ +\\S+)  API level 1, in 0 tables, from .+$", "$1"));
        assertEquals("dm: nosuch: unknown target type", bed.refusal("target-version", "nosuch"));
    }

    @Test
    void bothSidesSayTheirVersion() {
        String version = bed.expect("--version").replaceFirst("Library version: {3}(\\S+)\n", "$1");
        assertTrue(version.matches("\\d+\\.\\d+\\.\\d+\\S*"), version);
        assertEquals("Library version:   " + version + "\nDriver version:    " + version + "\n", bed.expect("version"));
    }

    @Test
    void listsShowWhatIsAskedFor() {
        bed.expect("create", "a", "-m", "4", "--table", "0 8 zero");
        assertEquals("a\t(a)\n", bed.expect("ls", "-o", "devname"));
        assertEquals("a\t(dm-4)\n", bed.expect("ls", "-o", "blkdevname"));
        assertEquals("", bed.expect("ls", "--target", "nosuch"));
        assertEquals("dm: ls: -o: expected devno, devname or blkdevname, found 'x'", bed.refusal("ls", "-o", "x"));
        assertEquals("dm: deps: -o: expected devno, devname or blkdevname, found 'x'", bed.refusal("deps", "-o", "x"));
        assertEquals("", bed.expect("table", "--target", "linear"));
        assertFalse(bed.expect("info", "--noopencount", "a").contains("Open count"));
    }

    @Test
    void theTreeIsDrawnForTheTerminal() {
        bed.expect("create", "a", "--table", "0 8 linear ram:x?size=4K 0");
        assertEquals("a (253:0)\n `- (ram:x?size=4K)\n", bed.expect("ls", "--tree"));
        assertEquals(
                "a (253:0)\n └─ (ram:x?size=4K)\n",
                DaemonBed.run(
                                Map.of("DM_HOME", bed.folder().toString(), "LANG", "C.UTF-8"),
                                bed.folder(),
                                "",
                                "ls",
                                "--tree")
                        .output());
    }

    @Test
    void theFieldsAreListed() {
        assertTrue(bed.expect("help", "-c").contains("  names_using_dev    RefNames\n"));
    }
}
