package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.target.StatusType;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jars that come, change and go in the plugin folder of an open device mapper. */
class PluginFolderTest {
    @TempDir
    Path temp;

    private PluginBed bed;
    private Path folder;
    private DeviceMapper dm;

    @BeforeEach
    void open() throws Exception {
        bed = new PluginBed(temp, "map");
        folder = bed.folder;
        dm = bed.dm;
    }

    @AfterEach
    void close() throws Exception {
        bed.close();
    }

    private Path drop(String jar, String target, String version) throws Exception {
        return bed.drop(jar, target, version);
    }

    private List<String> targets() {
        return dm.targets().stream().map(t -> t.name() + " " + t.version()).toList();
    }

    private String madeBy(MappedDevice device) {
        return device.liveTable().orElseThrow().targets().get(0).status(StatusType.INFO);
    }

    @Test
    void aJarThatAppearsIsLoadedAndOneThatGoesIsUnloaded() throws Exception {
        assertEquals(List.of("map 1.0.0"), targets());
        Path jar = drop("one.jar", "plug", "1.2.3");
        assertEquals(List.of("map 1.0.0", "plug 1.2.3"), targets());
        assertEquals(jar.toString(), dm.targets().get(1).location());
        dm.create("vol", "0 10 plug disk 5").write(0, ByteBuffer.allocate(512));
        assertEquals(List.of("WRITE 5+1"), bed.disk.log());
        Files.delete(jar);
        assertEquals(List.of("map 1.0.0", "plug 1.2.3"), targets());
        assertEquals(1, dm.targets().get(1).tablesInUse());
        assertThrows(DmException.class, () -> dm.create("other", "0 10 plug disk 5"));
        dm.remove("vol");
        assertEquals(List.of("map 1.0.0"), targets());
    }

    @Test
    void versionsStandSideBySideAndNewTablesGetTheHighest() throws Exception {
        drop("b.jar", "plug", "1.10.0");
        MappedDevice old = dm.create("old", "0 10 plug disk 5");
        drop("a.jar", "plug", "1.9.0");
        drop("c.jar", "plug", "2.0.0");
        assertEquals(List.of("map 1.0.0", "plug 2.0.0", "plug 1.10.0", "plug 1.9.0"), targets());
        assertEquals("2.0.0", madeBy(dm.create("new", "0 10 plug disk 5")));
        assertEquals("1.10.0", madeBy(old));
        dm.load("old", "0 10 plug disk 5");
        assertEquals("1.10.0", madeBy(old));
        dm.resume("old");
        assertEquals("2.0.0", madeBy(old));
    }

    @Test
    void aJarReplacedOnDiskNeverBreaksTheRunningOne() throws Exception {
        drop("one.jar", "plug", "1.0.0");
        MappedDevice old = dm.create("old", "0 10 plug disk 5");
        drop("one.jar", "plug", "1.0.1");
        assertEquals("1.0.1", madeBy(dm.create("new", "0 10 plug disk 5")));
        old.write(1, ByteBuffer.allocate(512));
        assertEquals("1.0.0", madeBy(old));
        Files.write(folder.resolve("one.jar"), new byte[100]);
        assertThrows(DmException.class, () -> dm.create("third", "0 10 plug disk 5"));
        old.write(1, ByteBuffer.allocate(512));
    }

    @Test
    void theSameVersionTwiceAndTheNameOfABuiltInAreRefusedWithBothPlaces() throws Exception {
        Path first = drop("a.jar", "plug", "1.0.0");
        Path second = drop("b.jar", "plug", "1.0.0");
        Path taker = drop("c.jar", "map", "9.0.0");
        assertEquals(List.of("map 1.0.0", "plug 1.0.0"), targets());
        assertEquals(
                List.of(
                        new RefusedProvider(second.toString(), "target plug 1.0.0 is already registered from " + first),
                        new RefusedProvider(
                                taker.toString(), "target map is already registered from given by the embedder")),
                dm.refusedProviders());
        Files.delete(first);
        assertEquals(List.of("map 1.0.0", "plug 1.0.0"), targets());
        assertEquals(1, dm.refusedProviders().size());
    }

    @Test
    void theLoaderOfARemovedJarIsCollected() throws Exception {
        Path jar = drop("one.jar", "plug", "1.0.0");
        dm.create("vol", "0 10 plug disk 5").read(0, ByteBuffer.allocate(512));
        WeakReference<ClassLoader> loader = loaderOf("vol");
        Files.delete(jar);
        dm.remove("vol");
        targets();
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (loader.get() != null && System.nanoTime() < giveUp) {
            System.gc();
            Thread.onSpinWait();
        }
        assertTrue(loader.get() == null, "the plugin's class loader is still reachable");
    }

    private WeakReference<ClassLoader> loaderOf(String device) {
        TargetSlot<?> slot = dm.device(device).orElseThrow().live().slotsSoFar().get(0);
        ClassLoader loader = slot.type().getClass().getClassLoader();
        assertTrue(loader instanceof PluginClassLoader);
        return new WeakReference<>(loader);
    }

    @Test
    void aPluginSeesThePlatformAndTheApiAlone() throws Exception {
        drop("one.jar", "plug", "1.0.0");
        dm.create("vol", "0 10 plug disk 5");
        ClassLoader loader = loaderOf("vol").get();
        assertEquals(
                io.devicemapper.target.TargetType.class,
                Class.forName("io.devicemapper.target.TargetType", false, loader));
        assertEquals(
                "java.sql.Connection",
                Class.forName("java.sql.Connection", false, loader).getName());
        for (String hidden : List.of("io.devicemapper.core.DeviceMapper", "org.junit.jupiter.api.Test")) {
            assertThrows(ClassNotFoundException.class, () -> Class.forName(hidden, false, loader));
        }
    }
}
