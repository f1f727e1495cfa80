package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DeviceMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a daemon begins and ends, and what it needs for that. */
class DaemonTest {
    private Path folder;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = DaemonBed.makeFolder();
    }

    @AfterEach
    void deleteFolder() throws IOException {
        DaemonBed.deleteFolder(folder);
    }

    private Daemon start(Path home, Dmtab... dmtabs) throws CliException {
        Home resolved = DaemonBed.home(home);
        return Daemon.start(
                resolved,
                List.of(new ListenAddress.Unix(resolved.nbdSocket())),
                List.of(dmtabs),
                DeviceMapper.builder());
    }

    private Dmtab dmtab(String text) throws IOException, CliException {
        Path file = Files.writeString(folder.resolve("disks.dmtab"), text);
        return Dmtab.read(file.toString());
    }

    private static String refusal(CliAction action) {
        return assertThrows(CliException.class, action::run).getMessage();
    }

    private interface CliAction {
        void run() throws CliException, IOException;
    }

    @Test
    void theHomeIsMadeForItsOwnerAlone() throws Exception {
        Path home = folder.resolve("deeper/home");
        Daemon daemon = start(home);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(home)));
        assertEquals(List.of(), daemon.stop());
        assertFalse(Files.exists(home.resolve("control.sock")));
        assertFalse(Files.exists(home.resolve("nbd.sock")));
    }

    @Test
    void anEmptyFolderIsClosedToOthers() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
        start(home).stop();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(home)));
    }

    @Test
    void aFolderOfOtherThingsKeepsItsMode() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        Files.createFile(home.resolve("something"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertEquals(
                "home " + home
                        + " holds other files and is open to other users (mode rwxr-xr-x): choose a folder of its own,"
                        + " or chmod 700 it",
                refusal(() -> start(home)));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        start(home).stop();
    }

    @Test
    void theHomeComesFromOptionOrEnvironment() throws CliException {
        Map<String, String> all = Map.of("DM_HOME", "/a", "XDG_RUNTIME_DIR", "/b");
        assertEquals("/c", Home.resolve(Optional.of("/c"), all).toString());
        assertEquals("/a", Home.resolve(Optional.empty(), all).toString());
        assertEquals(
                "/b/dm",
                Home.resolve(Optional.empty(), Map.of("XDG_RUNTIME_DIR", "/b")).toString());
        assertEquals(
                Path.of(System.getProperty("user.home"), ".dm").toString(),
                Home.resolve(Optional.empty(), Map.of("DM_HOME", "", "XDG_RUNTIME_DIR", ""))
                        .toString());
    }

    @Test
    void aSecondDaemonOnTheSameHomeIsRefused() throws Exception {
        Daemon first = start(folder);
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    "a daemon in this process already serves home " + folder
                            + "; stop it, or choose another home with --home or DM_HOME",
                    refusal(() -> start(folder)));
        }
        assertEquals("No devices found\n", commandOutput("ls"));
        first.stop();
        start(folder).stop();
    }

    private String commandOutput(String... args) {
        return DaemonBed.run(Map.of("DM_HOME", folder.toString()), folder, "", args)
                .output();
    }

    @Test
    void socketsThatAKilledDaemonLeftAreNotInTheWay() throws Exception {
        for (String socket : List.of("control.sock", "nbd.sock")) {
            ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            left.bind(UnixDomainSocketAddress.of(folder.resolve(socket)));
            left.close();
            assertTrue(Files.exists(folder.resolve(socket)));
        }
        Daemon daemon = start(folder);
        assertEquals("No devices found\n", commandOutput("ls"));
        assertEquals(List.of(), daemon.stop());
    }

    @Test
    void withoutListenTwoDaemonsDoNotMeet() throws Exception {
        Path other = DaemonBed.makeFolder();
        Daemon first = Daemon.start(DaemonBed.home(folder), List.of(), List.of(), DeviceMapper.builder());
        Daemon second = Daemon.start(DaemonBed.home(other), List.of(), List.of(), DeviceMapper.builder());
        try {
            assertEquals(
                    UnixDomainSocketAddress.of(folder.resolve("nbd.sock")),
                    first.nbdAddresses().get(0));
            InetSocketAddress firstTcp =
                    (InetSocketAddress) first.nbdAddresses().get(1);
            InetSocketAddress secondTcp =
                    (InetSocketAddress) second.nbdAddresses().get(1);
            assertTrue(firstTcp.getAddress().isLoopbackAddress());
            assertNotEquals(firstTcp.getPort(), secondTcp.getPort());
        } finally {
            first.stop();
            second.stop();
            DaemonBed.deleteFolder(other);
        }
    }

    @Test
    void anAddressThatIsTakenIsNamed() throws Exception {
        try (ServerSocketChannel taken = ServerSocketChannel.open()) {
            taken.bind(new InetSocketAddress("localhost", 0));
            int port = ((InetSocketAddress) taken.getLocalAddress()).getPort();
            String refusal = refusal(() -> Daemon.start(
                    DaemonBed.home(folder),
                    List.of(new ListenAddress.Tcp("localhost", port)),
                    List.of(),
                    DeviceMapper.builder()));
            assertTrue(refusal.startsWith("NBD: ") && refusal.contains(":" + port), refusal);
        }
        start(folder).stop();
    }

    @Test
    void devicesOfADmtabAreCreatedInOrder() throws Exception {
        Daemon daemon = start(folder, dmtab("""
                        zlow,,,rw,0 8 linear file:made.img?size=4K 0
                        [top] uuid=T minor=5 ro
                        0 8 linear /dev/mapper/zlow 0
                        [none]
                        """));
        assertEquals("none\t(253:1)\ntop\t(253:5)\nzlow\t(253:0)\n", commandOutput("ls"));
        assertTrue(Files.exists(folder.resolve("made.img")));
        assertEquals(List.of(), daemon.stop());
    }

    @Test
    void aDmtabWithADeviceThatFailsNamesItAndLeavesNothing() throws Exception {
        assertEquals(
                folder.resolve("disks.dmtab")
                        + ":4: bad: table line 5: linear: Invalid device sector (argument 2 <start>: expected a decimal"
                        + " number of sectors, found 'x')",
                refusal(() -> start(folder, dmtab("""
                                [good]
                                0 8 zero

                                [bad]
                                0 8 linear ram:x?size=4K x
                                """))));
        start(folder).stop();
    }

    @Test
    void pluginsComeFromAFolder() throws Exception {
        Path plugins = Files.createDirectory(folder.resolve("plugins"));
        Files.writeString(plugins.resolve("broken.jar"), "no jar at all");
        try (DaemonBed bed = new DaemonBed(List.of(), DeviceMapper.builder().plugins(plugins))) {
            assertTrue(bed.daemon().refusedProviders().get(0).location().contains("broken.jar"));
        }
        assertEquals(
                "--plugins: " + folder.resolve("none") + ": no such plugin folder",
                refusal(() -> Daemon.start(
                        DaemonBed.home(folder),
                        List.of(),
                        List.of(),
                        DeviceMapper.builder().plugins(folder.resolve("none")))));
        start(folder).stop();
    }

    @Test
    void aStopTakesOpenAndSuspendedDevicesAlong() throws Exception {
        Daemon daemon = Daemon.start(
                DaemonBed.home(folder),
                List.of(new ListenAddress.Unix(folder.resolve("nbd.sock"))),
                List.of(dmtab(
                        "[low]\n0 8 linear ram:x?size=4K 0\n[top]\n0 8 linear /dev/mapper/low 0\n[bad]\n0 8 error\n")),
                DeviceMapper.builder());
        daemon.devices().get(1).open("somebody");
        commandOutput("suspend", "top");
        assertEquals(List.of(), daemon.stop());
    }

    @Test
    void listenAddressesAreRead() throws CliException {
        assertEquals(new ListenAddress.Tcp("localhost", 0), ListenAddress.parse("tcp:localhost:0"));
        assertEquals(new ListenAddress.Tcp("::1", 10809), ListenAddress.parse("tcp:[::1]:10809"));
        assertEquals(new ListenAddress.Unix(Path.of("/a b.sock")), ListenAddress.parse("unix:/a b.sock"));
        for (String malformed : List.of("", "tcp:", "tcp:localhost", "unix:", "localhost:10809", "/a.sock")) {
            assertEquals(
                    "--listen: expected tcp:HOST:PORT or unix:PATH, found '" + malformed + "'",
                    refusal(() -> ListenAddress.parse(malformed)));
        }
        assertEquals(
                "--listen tcp:localhost:65536: expected a port from 0 to 65535, found '65536'",
                refusal(() -> ListenAddress.parse("tcp:localhost:65536")));
    }

    @Test
    void urisAreThoseOfTheNbdSpecification() {
        assertEquals(
                "nbd+unix:///vol0?socket=/run/user/0/dm/nbd.sock",
                NbdUris.of("vol0", UnixDomainSocketAddress.of("/run/user/0/dm/nbd.sock")));
        assertEquals(
                "nbd+unix:///a%20%3F%25%27?socket=/t%26mp/%C3%BC",
                NbdUris.of("a ?%'", UnixDomainSocketAddress.of("/t&mp/ü")));
        assertEquals("nbd://localhost/vol0", NbdUris.of("vol0", new InetSocketAddress("localhost", 10809)));
        assertEquals("nbd://localhost:7/vol0", NbdUris.of("vol0", new InetSocketAddress("0.0.0.0", 7)));
    }

    @Test
    void theGreetingShowsHowToTryIt() throws Exception {
        Home home = DaemonBed.home(folder);
        List<SocketAddress> addresses = List.of(UnixDomainSocketAddress.of("/s"));
        assertEquals("""
                Serving from %s

                No devices yet. Every device that is created is exported under its name at
                    nbd+unix:///NAME?socket=/s

                Try:  ./dm create scratch --table '0 2048 linear ram:scratch?size=1M 0'
                      ./dm ls --tree

                ready; Ctrl-C stores everything and stops
                """.formatted(folder), ServeGreeting.of(home, "./dm", List.of(), addresses));
        Daemon daemon = start(folder, dmtab("[low]\n0 8 zero\n[top] ro\n0 8 linear /dev/mapper/low 0\n"));
        assertEquals("""
                Serving from %s

                low  8 sectors, 4 KiB
                    nbd+unix:///low?socket=/s
                top  8 sectors, 4 KiB, read-only
                    nbd+unix:///top?socket=/s

                Try:  nbdinfo 'nbd+unix:///top?socket=/s'
                      qemu-img info 'nbd+unix:///top?socket=/s'
                      ./dm ls --tree

                ready; Ctrl-C stores everything and stops
                """.formatted(folder), ServeGreeting.of(home, "./dm", daemon.devices(), addresses));
        daemon.stop();
    }

    @Test
    void sizesAreShort() {
        assertEquals("0 bytes", ServeGreeting.size(0));
        assertEquals("512 bytes", ServeGreeting.size(1));
        assertEquals("1.5 MiB", ServeGreeting.size(3072));
        assertEquals("1 KiB", ServeGreeting.size(2));
        assertEquals("8 EiB", ServeGreeting.size(1L << 54));
    }
}
