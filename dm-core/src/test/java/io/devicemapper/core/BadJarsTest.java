package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A zoo of jars that are broken in every way known: each is reported in one line, and hurts neither the host nor the good jar beside it. */
class BadJarsTest {
    private static final String SERVICE = PluginJars.TARGET_SERVICE;

    @TempDir
    Path temp;

    private final Map<String, String> expected = new LinkedHashMap<>();
    private PluginBed bed;
    private PluginJars jars;
    private Path folder;
    private DeviceMapper dm;

    @BeforeEach
    void open() throws Exception {
        bed = new PluginBed(temp, "linear");
        jars = bed.jars;
        folder = bed.folder;
        dm = bed.dm;
    }

    @AfterEach
    void close() throws Exception {
        bed.close();
    }

    private static String plugin(String target, String body) {
        return PluginJars.linear("Plugin", target, "1.0.0").replaceFirst("\\{\n", "{\n" + body + "\n");
    }

    private void bad(String jar, String source, String reason) throws IOException {
        jars.jar(folder.resolve(jar), Map.of("Plugin", source), Map.of(SERVICE, "Plugin"));
        expected.put(jar, reason);
    }

    @Test
    void eachBadJarIsOneLineAndHurtsNobody() throws Exception {
        jars.jar(
                folder.resolve("good.jar"),
                Map.of("Plugin", PluginJars.linear("Plugin", "good", "1.0.0")),
                Map.of(SERVICE, "Plugin"));
        Path whole = jars.jar(
                folder.resolve("truncated.jar"),
                Map.of("Plugin", PluginJars.linear("Plugin", "truncated", "1.0.0")),
                Map.of(SERVICE, "Plugin"));
        byte[] bytes = Files.readAllBytes(whole);
        Files.write(whole, Arrays.copyOf(bytes, bytes.length / 2));
        expected.put("truncated.jar", "not a readable jar: ");
        jars.jar(
                folder.resolve("no-services.jar"),
                Map.of("Plugin", PluginJars.linear("Plugin", "nobody", "1.0.0")),
                Map.of());
        expected.put("no-services.jar", "declares no provider: it has no " + SERVICE);
        jars.jar(
                folder.resolve("module-info-only.jar"),
                Map.of("Plugin", PluginJars.linear("Plugin", "modular", "1.0.0")),
                Map.of("module-info.class", "stands for a compiled module declaration"));
        expected.put("module-info-only.jar", "declares providers in module-info alone; in a plugin folder " + SERVICE);
        jars.jar(folder.resolve("missing-class.jar"), Map.of(), Map.of(SERVICE, "no.such.Plugin"));
        expected.put("missing-class.jar", "io.devicemapper.target.TargetType: Provider no.such.Plugin not found");
        jars.jar(
                folder.resolve("missing-superclass.jar"),
                Map.of(
                        "Base",
                        PluginJars.linear("Base", "orphan", "1.0.0"),
                        "Plugin",
                        "public class Plugin extends Base {}"),
                Map.of(SERVICE, "Plugin"),
                content -> content.remove("Base.class"));
        expected.put("missing-superclass.jar", "java.lang.NoClassDefFoundError: Base");
        jars.jar(
                folder.resolve("newer-class-file.jar"),
                Map.of("Plugin", PluginJars.linear("Plugin", "future", "1.0.0")),
                Map.of(SERVICE, "Plugin"),
                content -> ByteBuffer.wrap(content.get("Plugin.class")).putShort(6, (short) 999));
        expected.put("newer-class-file.jar", "java.lang.UnsupportedClassVersionError: Plugin");
        bad(
                "static-block.jar",
                plugin("boom", "static { if (true) throw new IllegalStateException(\"static\"); }"),
                "io.devicemapper.target.TargetType: Provider Plugin could not be instantiated: java.lang.IllegalStateException: static");
        bad(
                "constructor.jar",
                plugin("boom", "public Plugin() { throw new IllegalStateException(\"constructor\"); }"),
                "io.devicemapper.target.TargetType: Provider Plugin could not be instantiated: java.lang.IllegalStateException: constructor");
        bad(
                "private-constructor.jar",
                plugin("hidden", "private Plugin() {}"),
                "io.devicemapper.target.TargetType: Plugin Unable to get public no-arg constructor");
        bad(
                "wrong-type.jar",
                "public class Plugin implements Runnable { public void run() {} }",
                "io.devicemapper.target.TargetType: Plugin not a subtype");
        bad(
                "throwing-name.jar",
                plugin("x", "").replace("return \"x\";", "throw new IllegalStateException(\"name\");"),
                "Plugin failed to say what it is: java.lang.IllegalStateException: name");
        bad("blank-name.jar", plugin("two words", ""), "target name 'two words': expected 1 to 15 characters");
        bad(
                "newer-api.jar",
                plugin("newer", "").replace("DmApi.LEVEL", "DmApi.LEVEL + 1"),
                "target newer needs API level 2, this host has 1");
        bad("takes-linear.jar", plugin("linear", ""), "target linear is already registered from given by the embedder");
        bad(
                "zz-duplicate.jar",
                plugin("good", ""),
                "target good 1.0.0 is already registered from " + folder.resolve("good.jar"));

        List<String> lines = new ArrayList<>();
        for (RefusedProvider refused : dm.refusedProviders()) {
            lines.add(Path.of(refused.location()).getFileName() + ": " + refused.reason());
        }
        assertEquals(expected.size(), lines.size(), () -> String.join("\n", lines));
        expected.forEach((jar, reason) -> assertTrue(
                lines.stream()
                        .anyMatch(line -> line.startsWith(jar + ": " + reason)
                                && line.lines().count() == 1),
                () -> jar + ": " + reason + "\nnot in\n" + String.join("\n", lines)));
        assertEquals(
                List.of("good", "linear"),
                dm.targets().stream().map(TargetInfo::name).toList());
        dm.create("vol", "0 10 good disk 5\n10 10 linear disk 50").write(0, ByteBuffer.allocate(20 * 512));
    }

    @Test
    void aPluginUsesItsOwnLibraryWhereTheHostHasAnotherVersion() throws Exception {
        String source = PluginJars.linear("Plugin", "clash", "1.0.0")
                .replace("return \"1.0.0\"", "return com.sun.jna.Native.ofThePlugin()")
                .replace("? \"1.0.0\"", "? com.sun.jna.Native.ofThePlugin()");
        jars.jar(
                folder.resolve("clash.jar"),
                Map.of(
                        "Plugin",
                        source,
                        "com.sun.jna.Native",
                        "package com.sun.jna; public class Native {"
                                + " public static String ofThePlugin() { return \"the plugin's own\"; } }"),
                Map.of(SERVICE, "Plugin"));
        MappedDevice device = dm.create("vol", "0 10 clash disk 5");
        assertEquals(
                "the plugin's own",
                device.liveTable().orElseThrow().targets().get(0).status(io.devicemapper.target.StatusType.INFO));
        assertEquals(List.of(), dm.refusedProviders());
    }
}
