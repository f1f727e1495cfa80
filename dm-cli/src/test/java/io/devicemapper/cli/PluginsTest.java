package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DeviceMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jars in the plugin folder of a daemon, as its operator sees them. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PluginsTest {
    private Path plugins;
    private DaemonBed bed;

    @BeforeEach
    void start() throws IOException, CliException {
        plugins = DaemonBed.makeFolder();
        bed = new DaemonBed(List.of(), DeviceMapper.builder().plugins(plugins));
    }

    @AfterEach
    void stop() throws IOException {
        bed.close();
        DaemonBed.deleteFolder(plugins);
    }

    private List<String> targets(String begin) {
        return bed.expect("targets")
                .lines()
                .filter(line -> line.startsWith(begin))
                .toList();
    }

    @Test
    void aJarAppearsAndGoesWithoutARestart() throws Exception {
        assertEquals(List.of(), targets("plug "));
        Path jar = PluginSource.linear("plug", "1.2.3").drop(plugins.resolve("plug.jar"));
        assertEquals(List.of("plug             v1.2.3  API level 1, in 0 tables, from " + jar), targets("plug "));
        assertEquals("plug             v1.2.3\n", bed.expect("target-version", "plug"));
        bed.expect("create", "vol", "--table", "0 8 plug ram:d?size=1M 3");
        assertEquals("0 8 plug 1.2.3\n", bed.expect("status", "vol"));
        Files.delete(jar);
        assertEquals(List.of("plug             v1.2.3  API level 1, in 1 table, from " + jar), targets("plug "));
        assertTrue(bed.refusal("create", "other", "--table", "0 8 plug ram:d?size=1M 3")
                .contains("plug: unknown target type"));
        bed.expect("remove", "vol");
        assertEquals(List.of(), targets("plug "));
    }

    @Test
    void versionsStandSideBySide() throws Exception {
        Path first = PluginSource.linear("plug", "1.9.0").drop(plugins.resolve("first.jar"));
        bed.expect("create", "vol", "--table", "0 8 plug ram:d?size=1M 3");
        Path second = PluginSource.linear("plug", "1.10.0").drop(plugins.resolve("second.jar"));
        assertEquals(
                List.of(
                        "plug             v1.10.0  API level 1, in 0 tables, from " + second,
                        "plug             v1.9.0  API level 1, in 1 table, from " + first),
                targets("plug "));
    }

    @Test
    void aBadJarIsOneLineAndGoesWithItsFile() throws Exception {
        Path broken = Files.writeString(plugins.resolve("broken.jar"), "no jar at all");
        PluginSource plug = PluginSource.linear("plug", "1.0.0");
        Path taker = PluginSource.linear("linear", "9.0.0").drop(plugins.resolve("taker.jar"));
        Path twoLines = plug.with("return \"plug\";", "throw new RuntimeException(\"two\\n lines\");")
                .drop(plugins.resolve("two-lines.jar"));
        List<String> refused = targets("(refused) ");
        assertEquals(3, refused.size(), refused::toString);
        assertTrue(refused.get(0).startsWith("(refused)        -  " + broken + ": not a readable jar: "));
        assertTrue(refused.get(1)
                .startsWith("(refused)        -  " + taker + ": target linear is already registered from "));
        assertEquals(
                "(refused)        -  " + twoLines
                        + ": Plugin failed to say what it is: java.lang.RuntimeException: two lines",
                refused.get(2));
        plug.drop(plugins.resolve("plug.jar"));
        assertEquals(1, targets("plug ").size());
        for (Path jar : List.of(broken, taker, twoLines)) {
            Files.delete(jar);
        }
        assertEquals(List.of(), targets("(refused) "));
    }
}
