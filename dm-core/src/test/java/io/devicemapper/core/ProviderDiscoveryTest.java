package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BlockDeviceProvider;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A class path on which everything is broken that can be: the rest works, and each failure is told. */
class ProviderDiscoveryTest {
    private static final String DEVICE_SERVICE = "META-INF/services/io.devicemapper.block.BlockDeviceProvider";

    @TempDir
    Path temp;

    private final List<URLClassLoader> loaders = new ArrayList<>();

    @AfterEach
    void closeLoaders() throws IOException {
        for (URLClassLoader loader : loaders) {
            loader.close();
        }
    }

    private static String target(String className, String name, String level, String extra) {
        return """
                import io.devicemapper.target.*;
                public class %s implements TargetType<Void> {
                  %s
                  public String name() { return %s; }
                  public Version version() { return new Version(1, 2, 3); }
                  public int apiLevel() { return %s; }
                  public Void ctr(DmTarget<Void> ti, TargetArgs args) { return null; }
                  public MapResult map(DmTarget<Void> ti, TargetBio bio) { return bio.complete(io.devicemapper.block.BioStatus.OK); }
                }
                """.formatted(className, extra, name, level);
    }

    private static String provider(String className, String scheme) {
        return """
                import io.devicemapper.block.*;
                public class %s implements BlockDeviceProvider {
                  public String scheme() { return %s; }
                  public int apiLevel() { return io.devicemapper.target.DmApi.LEVEL; }
                  public String identity(String name, OpenContext context) { return name; }
                  public BlockDevice open(String name, OpenContext context) { return null; }
                }
                """.formatted(className, scheme);
    }

    /** A device mapper that sees these jars behind the host's own class path. */
    private DeviceMapper open(Path... jars) throws IOException {
        URL[] urls = new URL[jars.length];
        for (int i = 0; i < jars.length; i++) {
            urls[i] = jars[i].toUri().toURL();
        }
        URLClassLoader loader = new URLClassLoader(urls, ProviderDiscoveryTest.class.getClassLoader());
        loaders.add(loader);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            return DeviceMapper.open();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static void refusal(DeviceMapper dm, String location, String reason) {
        assertTrue(
                dm.refusedProviders().stream()
                        .anyMatch(r ->
                                r.location().contains(location) && r.reason().contains(reason)),
                () -> location + ": " + reason + " is not among " + dm.refusedProviders());
    }

    @Test
    void whatIsBrokenIsToldAndTheRestWorks() throws Exception {
        PluginJars jars = new PluginJars(temp);
        Map<String, String> classes = new LinkedHashMap<>();
        classes.put("GoodOne", target("GoodOne", "\"good1\"", "DmApi.LEVEL", ""));
        classes.put(
                "Throws",
                target(
                        "Throws",
                        "\"throws\"",
                        "DmApi.LEVEL",
                        "public Throws() { throw new IllegalStateException(\"no constructor today\"); }"));
        classes.put(
                "StaticThrows",
                target("StaticThrows", "\"sthrows\"", "DmApi.LEVEL", "static final int X = Integer.parseInt(\"x\");"));
        classes.put("Private", target("Private", "\"private\"", "DmApi.LEVEL", "private Private() {}"));
        classes.put("BadName", target("BadName", "\"Bad Name\"", "DmApi.LEVEL", ""));
        classes.put("LongName", target("LongName", "\"abcdefghijklmnop\"", "DmApi.LEVEL", ""));
        classes.put("NoName", target("NoName", "null", "DmApi.LEVEL", ""));
        classes.put(
                "NameThrows", target("NameThrows", "String.valueOf(1 / Integer.parseInt(\"0\"))", "DmApi.LEVEL", ""));
        classes.put(
                "NameFails",
                target(
                        "NameFails",
                        "fail()",
                        "DmApi.LEVEL",
                        "static String fail() { throw new AssertionError(\"not even a name\"); }"));
        classes.put("Newer", target("Newer", "\"newer\"", "DmApi.LEVEL + 1", ""));
        classes.put("Twice", target("Twice", "\"good1\"", "DmApi.LEVEL", ""));
        classes.put("GoodTwo", target("GoodTwo", "\"good2\"", "DmApi.LEVEL", ""));
        classes.put("NotATarget", "public class NotATarget {}");
        Path broken = jars.jar(temp.resolve("broken.jar"), classes, Map.of(PluginJars.TARGET_SERVICE, """
                        GoodOne # the first

                        Lost
                        Throws
                        StaticThrows
                        Private
                        NotATarget
                        BadName
                        LongName
                        NoName
                        NameThrows
                        NameFails
                        Newer
                        Twice
                        GoodTwo
                        """));
        Path syntax = jars.jar(temp.resolve("syntax.jar"), Map.of(), Map.of(PluginJars.TARGET_SERVICE, "two words\n"));
        Path devices = jars.jar(
                temp.resolve("devices.jar"),
                Map.of(
                        "GoodDevices", provider("GoodDevices", "\"good\""),
                        "ShortScheme", provider("ShortScheme", "\"x\""),
                        "SecondRam", provider("SecondRam", "\"ram\"")),
                Map.of(DEVICE_SERVICE, "ShortScheme\nSecondRam\nGoodDevices\n"));
        try (DeviceMapper dm = open(broken, syntax, devices)) {
            List<String> names = dm.targets().stream().map(TargetInfo::name).toList();
            assertTrue(names.containsAll(List.of("good1", "good2")), names::toString);
            assertTrue(dm.targets().stream()
                    .filter(t -> t.name().startsWith("good"))
                    .allMatch(t -> t.location().endsWith("broken.jar")));
            refusal(dm, "broken.jar", "Lost");
            refusal(
                    dm,
                    "broken.jar",
                    "Provider Throws could not be instantiated: java.lang.IllegalStateException: no constructor");
            refusal(dm, "broken.jar", "StaticThrows");
            refusal(dm, "broken.jar", "Private");
            refusal(dm, "broken.jar", "NotATarget");
            refusal(dm, "broken.jar", "'Bad Name'");
            refusal(dm, "broken.jar", "'abcdefghijklmnop'");
            refusal(dm, "broken.jar", "'null'");
            refusal(dm, "broken.jar", "NameThrows failed to say what it is");
            refusal(dm, "broken.jar", "NameFails failed to say what it is");
            refusal(dm, "broken.jar", "needs API level");
            refusal(dm, "broken.jar", "good1 is already registered from");
            refusal(dm, "syntax.jar", "Illegal");
            refusal(dm, "devices.jar", "'x'");
            refusal(dm, "devices.jar", "ram is already provided by");
            DmException unknown = assertThrows(DmException.class, () -> dm.create("vol", "0 8 good3"));
            assertTrue(
                    unknown.getMessage()
                            .startsWith("vol: table line 1: good3: unknown target type; known: good1, good2"),
                    unknown.getMessage());
            assertEquals(8, dm.create("vol", "0 8 good2").sectors());
        }
    }

    @Test
    void aClassWhoseSuperclassIsLostCostsItselfAlone() throws Exception {
        PluginJars jars = new PluginJars(temp);
        Path jar = jars.jar(
                temp.resolve("orphan.jar"),
                Map.of(
                        "Parent", "public class Parent {}",
                        "Orphan",
                                target("Orphan", "\"orphan\"", "DmApi.LEVEL", "")
                                        .replace("public class Orphan", "public class Orphan extends Parent"),
                        "Good", target("Good", "\"good\"", "DmApi.LEVEL", "")),
                Map.of(PluginJars.TARGET_SERVICE, "Orphan\nGood\n"));
        try (FileSystem zip = FileSystems.newFileSystem(jar)) {
            Files.delete(zip.getPath("Parent.class"));
        }
        try (DeviceMapper dm = open(jar)) {
            assertTrue(dm.targets().stream().anyMatch(t -> t.name().equals("good")));
            refusal(dm, "orphan.jar", "NoClassDefFoundError: Parent");
        }
    }

    @Test
    void bothDeclarationsOfOurProvidersAgree() throws Exception {
        Path classes = Path.of(MappedDevice.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        TreeSet<String> ofModule = ModuleFinder.of(classes).findAll().stream()
                .flatMap(m -> m.descriptor().provides().stream())
                .filter(p -> p.service().equals(BlockDeviceProvider.class.getName()))
                .flatMap(p -> p.providers().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        TreeSet<String> ofFile = Files.readString(classes.resolve(DEVICE_SERVICE), StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(!ofModule.isEmpty());
        assertEquals(ofModule, ofFile);
    }
}
