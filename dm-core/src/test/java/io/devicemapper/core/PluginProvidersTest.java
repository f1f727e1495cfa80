package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmTarget;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What targets find in the jars of others. */
class PluginProvidersTest {
    private static final String DEVICE_SERVICE = "META-INF/services/io.devicemapper.block.BlockDeviceProvider";
    private static final String TOOL_SERVICE = "META-INF/services/java.util.spi.ToolProvider";

    /** How the jar and this test tell each other where they are. */
    private static final String HANGING = "dm.test.plugin.hanging";

    private static final String RELEASED = "dm.test.plugin.released";

    @TempDir
    Path temp;

    private final List<BlockDeviceProvider> seen = new CopyOnWriteArrayList<>();
    private PluginBed bed;

    @BeforeEach
    void open() throws IOException {
        bed = new PluginBed(temp, "ask");
        bed.own.settings = ti -> seen.addAll(ti.providers(BlockDeviceProvider.class));
    }

    @AfterEach
    void close() throws DmException {
        System.clearProperty(HANGING);
        System.clearProperty(RELEASED);
        bed.close();
    }

    /** A provider whose answer needs a class that is loaded only then. */
    private static String provider(String className, String scheme, String level) {
        return """
                import io.devicemapper.block.*;
                public class %s implements BlockDeviceProvider {
                  public String scheme() { return "%s"; }
                  public int apiLevel() { return %s; }
                  public String identity(String name, OpenContext context) { return Later.text(); }
                  public BlockDevice open(String name, OpenContext context) { return null; }
                }
                class Later { static String text() { return "from the jar"; } }
                """.formatted(className, scheme, level);
    }

    private Path dropProvider(String jar, String scheme) throws IOException {
        return bed.jars.jar(
                bed.folder.resolve(jar),
                Map.of("Shelf", provider("Shelf", scheme, "io.devicemapper.target.DmApi.LEVEL")),
                Map.of(DEVICE_SERVICE, "Shelf"));
    }

    private List<String> schemes() {
        return seen.stream().map(BlockDeviceProvider::scheme).toList();
    }

    @Test
    void aTargetFindsWhatAnotherJarBrings() throws Exception {
        dropProvider("shelf.jar", "shelf");
        bed.dm.create("vol", "0 8 ask disk 0");
        assertEquals(List.of("shelf"), schemes());
        assertEquals("from the jar", seen.get(0).identity("shelf:x", null));
        assertEquals(List.of(), bed.dm.refusedProviders());
    }

    @Test
    void whatIsBrokenIsToldOnceAndSkipped() throws Exception {
        Path jar = bed.jars.jar(
                bed.folder.resolve("mixed.jar"),
                Map.of(
                        "Shelf", provider("Shelf", "shelf", "io.devicemapper.target.DmApi.LEVEL"),
                        "Newer",
                                provider("Newer", "newer", "io.devicemapper.target.DmApi.LEVEL + 1")
                                        .replace("Later", "Other"),
                        "Tool", tool("Tool", ""),
                        "Broken", tool("Broken", "public Broken() { throw new IllegalStateException(\"no tool\"); }")),
                Map.of(DEVICE_SERVICE, "Newer\nShelf\n", TOOL_SERVICE, "Broken\nMissing\nTool\n"));
        List<String> tools = new CopyOnWriteArrayList<>();
        bed.own.settings = ti -> {
            seen.addAll(ti.providers(BlockDeviceProvider.class));
            ti.providers(ToolProvider.class).forEach(tool -> tools.add(tool.name()));
        };
        bed.dm.create("one", "0 8 ask disk 0");
        bed.dm.create("two", "0 8 ask disk 0");
        assertEquals(List.of("shelf", "shelf"), schemes());
        assertEquals(List.of("Tool", "Tool"), tools);
        String service = ToolProvider.class.getName();
        assertEquals(
                List.of(
                        new RefusedProvider(jar.toString(), "device scheme newer needs API level 2, this host has 1"),
                        new RefusedProvider(
                                jar.toString(),
                                service
                                        + ": Provider Broken could not be instantiated: java.lang.IllegalStateException: no tool"),
                        new RefusedProvider(jar.toString(), service + ": Provider Missing not found")),
                bed.dm.refusedProviders());
    }

    private static String tool(String className, String body) {
        return """
                public class %s implements java.util.spi.ToolProvider {
                  %s
                  public String name() { return "%s"; }
                  public int run(java.io.PrintWriter out, java.io.PrintWriter err, String... args) { return 0; }
                }
                """.formatted(className, body, className);
    }

    @Test
    void aNewerProviderOfAServiceOfTheApiIsKeptOut() {
        ProviderSource source = new ProviderSource("here", null);
        assertEquals(null, ApiLevelCheck.refusal(source, BlockDeviceProvider.class, new Levelled(DmApi.LEVEL)));
        assertEquals(
                Levelled.class.getName() + " needs API level 2, this host has 1",
                ApiLevelCheck.refusal(source, BlockDeviceProvider.class, new Levelled(DmApi.LEVEL + 1)));
        assertEquals(
                Levelled.class.getName() + " failed to say what it is: java.lang.IllegalStateException: no level",
                ApiLevelCheck.refusal(source, BlockDeviceProvider.class, new Levelled(-1)));
        assertEquals(null, ApiLevelCheck.refusal(source, Runnable.class, (Runnable) () -> {}));
    }

    /** Public, as providers are. */
    public static final class Levelled extends PlainDevice.Provider {
        private final int level;

        Levelled(int level) {
            super("level");
            this.level = level;
        }

        @Override
        public int apiLevel() {
            if (level < 0) {
                throw new IllegalStateException("no level");
            }
            return level;
        }

        @Override
        public String identity(String name, OpenContext context) {
            return name;
        }

        @Override
        public BlockDevice open(String name, OpenContext context) {
            return null;
        }
    }

    @Test
    void aProviderInUseOutlivesItsJarAndIsLetGoWithTheTable() throws Exception {
        Path jar = dropProvider("shelf.jar", "shelf");
        bed.dm.create("vol", "0 8 ask disk 0");
        Files.delete(jar);
        bed.dm.targets(); // looks at the folder
        assertEquals("from the jar", seen.get(0).identity("shelf:x", null), "a class loaded when the jar was gone");
        WeakReference<ClassLoader> loader =
                new WeakReference<>(seen.get(0).getClass().getClassLoader());
        seen.clear();
        bed.dm.remove("vol");
        bed.dm.targets();
        await("the class loader to be collected", () -> {
            System.gc();
            return loader.get() == null;
        });
    }

    @Test
    void onlyCtrMayAsk() throws Exception {
        AtomicReference<DmTarget<?>> target = new AtomicReference<>();
        bed.own.settings = target::set;
        bed.dm.create("vol", "0 8 ask disk 0");
        assertThrows(IllegalStateException.class, () -> target.get().providers(BlockDeviceProvider.class));
        assertThrows(DmException.class, () -> bed.dm.create("bad", "0 8 ask disk 0 surplus"));
        assertThrows(IllegalStateException.class, () -> target.get().providers(BlockDeviceProvider.class));
    }

    @Test
    void whatIsFoundIsNotUnloadedBeforeItIsHeld() throws Exception {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        AtomicBoolean done = new AtomicBoolean();
        bed.own.settings = ti -> {
            for (BlockDeviceProvider provider : ti.providers(BlockDeviceProvider.class)) {
                try {
                    assertEquals("from the jar", provider.identity("shelf:x", null));
                } catch (Throwable t) {
                    failures.add(t);
                }
            }
        };
        Thread tables = new Thread(() -> {
            try {
                while (!done.get()) {
                    bed.dm.create("vol", "0 8 ask disk 0");
                    bed.dm.remove("vol");
                }
            } catch (Throwable t) {
                failures.add(t);
            }
        });
        tables.start();
        Path made = dropProvider("made.jar", "shelf");
        byte[] bytes = Files.readAllBytes(made);
        for (int round = 0; round < 60; round++) {
            Files.delete(made);
            bed.dm.targets();
            made = Files.write(bed.folder.resolve("made-" + round + ".jar"), bytes);
            bed.dm.targets();
        }
        done.set(true);
        tables.join();
        assertEquals(List.of(), List.copyOf(failures));
    }

    @Test
    void aJarThatHangsDoesNotHoldUpBiosThatAreTriedAgain() throws Exception {
        AtomicBoolean requeues = new AtomicBoolean(true);
        bed.own.settings = ti -> {};
        bed.own.map = (ti, bio) -> requeues.get() ? bio.requeue() : ScriptedTarget.linear(ti, bio);
        MappedDevice device = bed.dm.create("vol", "0 8 ask disk 0");
        String hanging = PluginJars.linear("Plugin", "hang", "1.0.0")
                .replaceFirst(
                        "\\{\n",
                        "{ static { System.setProperty(\"" + HANGING + "\", \"true\"); while (!Boolean.getBoolean(\""
                                + RELEASED + "\")) java.util.concurrent.locks.LockSupport.parkNanos(1000000); }\n");
        bed.jars.jar(
                bed.folder.resolve("hang.jar"), Map.of("Plugin", hanging), Map.of(PluginJars.TARGET_SERVICE, "Plugin"));
        try {
            await("the jar to be looked at", () -> Boolean.getBoolean(HANGING));
            CompletableFuture<BioStatus> ended = new CompletableFuture<>();
            device.submit(
                    Bio.write(0, BioFlags.NONE, ByteBuffer.allocate(512), (bio, status) -> ended.complete(status)));
            requeues.set(false);
            assertEquals(BioStatus.OK, ended.get(30, TimeUnit.SECONDS));
        } finally {
            System.setProperty(RELEASED, "true");
        }
        await(
                "the jar's target",
                () -> bed.dm.targets().stream().anyMatch(t -> t.name().equals("hang")));
    }

    @Test
    void pluginsSeeEveryPackageThatTheApiExports() throws Exception {
        bed.drop("one.jar", "plug", "1.0.0");
        bed.dm.create("vol", "0 8 plug disk 0");
        ClassLoader loader = bed.dm
                .device("vol")
                .orElseThrow()
                .live()
                .slotsSoFar()
                .get(0)
                .type()
                .getClass()
                .getClassLoader();
        Path classes = Path.of(
                DmApi.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        ModuleDescriptor api = java.lang.module.ModuleFinder.of(classes)
                .findAll()
                .iterator()
                .next()
                .descriptor();
        for (ModuleDescriptor.Exports exports : api.exports()) {
            Class<?> any = Class.forName(exports.source() + ".package-info", false, DmApi.class.getClassLoader());
            assertEquals(any, Class.forName(any.getName(), false, loader));
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < giveUp, () -> what + ": waited for 30 s");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }
}
