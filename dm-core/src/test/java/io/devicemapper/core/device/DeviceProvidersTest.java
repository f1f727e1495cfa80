package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.DmApi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceProvidersTest {
    private final BlockDeviceProvider ram = new RamDeviceProvider();
    private final BlockDeviceProvider file = new FileDeviceProvider();

    @TempDir
    Path folder;

    private record Context(Path directory, boolean readOnly) implements BlockDeviceProvider.OpenContext {}

    private BlockDeviceProvider.OpenContext context(boolean readOnly) {
        return new Context(folder, readOnly);
    }

    private BlockDevice open(BlockDeviceProvider provider, String name) throws IOException {
        return provider.open(name, context(false));
    }

    /** The host may ask for the identity alone and reuse what it has open, so both must refuse a bad name. */
    private void assertRefused(BlockDeviceProvider provider, String name, String message) {
        for (boolean readOnly : new boolean[] {true, false}) {
            assertEquals(
                    message,
                    assertThrows(IOException.class, () -> provider.identity(name, context(readOnly)))
                            .getMessage());
            assertEquals(
                    message,
                    assertThrows(IOException.class, () -> provider.open(name, context(readOnly)))
                            .getMessage());
        }
    }

    @Test
    void bothAreFoundAsServices() {
        assertEquals(
                List.of("file", "ram"),
                ServiceLoader.load(BlockDeviceProvider.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .filter(p ->
                                p.getClass().getPackageName().equals(getClass().getPackageName()))
                        .peek(p -> assertEquals(DmApi.LEVEL, p.apiLevel()))
                        .map(BlockDeviceProvider::scheme)
                        .sorted()
                        .collect(Collectors.toList()));
    }

    @Test
    void ramDiskIsTheSameForTheSameNameAndKeepsItsContent() throws Exception {
        try (BlockDevice device = open(ram, "ram:a?size=1M")) {
            assertEquals("ram:a?size=1M", device.name());
            assertEquals(2048, device.sectors());
            device.write(5, Payloads.filled(1, (byte) 5));
        }
        BlockDevice again = ram.open("ram:a", context(true));
        assertEquals("ram:a", again.name());
        assertTrue(again.isReadOnly());
        assertArrayEquals(Payloads.bytesOf(1, (byte) 5), Payloads.read(again, 5, 1));
        assertArrayEquals(new byte[512], Payloads.read(open(ram, "ram:b?size=1M"), 5, 1));
        assertArrayEquals(new byte[512], Payloads.read(open(new RamDeviceProvider(), "ram:a?size=1M"), 5, 1));
        assertEquals(ram.identity("ram:a", context(false)), ram.identity("ram:a?size=2048s", context(false)));
        assertNotEquals(ram.identity("ram:a", context(false)), ram.identity("ram:b", context(false)));
    }

    @Test
    void ramIdentityHasNoSideEffect() throws Exception {
        assertEquals("ram:new", ram.identity("ram:new?size=1M", context(false)));
        assertRefused(ram, "ram:new", "ram:new: no such RAM disk; to make one, give its size: ram:new?size=64M");
    }

    @Test
    void badRamNamesAreRefused() throws Exception {
        open(ram, "ram:a?size=1M");
        assertRefused(ram, "ram:a?size=2M", "ram:a?size=2M: this RAM disk exists with a size of 1M, not 2M");
        assertRefused(ram, "ram:?size=2M", "ram:?size=2M: expected ram:NAME?size=SIZE");
        assertRefused(ram, "ram:x?sise=2M", "ram:x?sise=2M: unknown option 'sise'; known: size");
        assertRefused(ram, "ram:x?size=", "ram:x?size=: option size has no value");
        assertRefused(ram, "ram:x?size=1M&size=1M", "ram:x?size=1M&size=1M: option size is given twice");
        assertRefused(ram, "ram:x?size=1", "ram:x?size=1: size '1': less than one sector of 512 bytes");
        assertRefused(
                ram,
                "ram:x?size=big",
                "ram:x?size=big: size 'big': expected a number of bytes, or a number followed by s (sectors), K, M, G, T or P");
    }

    @Test
    void filesAreNamedWithAndWithoutSchemeAndRelativeToTheFolder() throws Exception {
        Path disk = Files.write(folder.resolve("a.img"), new byte[1 << 20]);
        Path odd = Files.write(folder.resolve("b?size=1M"), new byte[512]);
        String identity = file.identity("a.img", context(false));
        for (String name : List.of("a.img", "file:a.img", disk.toString(), "file:" + disk, "file:a.img?size=1M")) {
            try (BlockDevice device = open(file, name)) {
                assertEquals(name, device.name());
                assertEquals(2048, device.sectors());
            }
            assertEquals(identity, file.identity(name, context(false)));
        }
        try (BlockDevice device = open(file, "b?size=1M")) {
            assertEquals(1, device.sectors(), "a name without a scheme is a path, all of it: " + odd);
        }
        Path link = Files.createSymbolicLink(folder.resolve("link"), disk);
        assertEquals(identity, file.identity(link.toString(), context(false)));
        assertNotEquals(identity, file.identity("file:a.img?direct=true", context(false)));
        assertEquals(identity, file.identity("file:a.img?direct=false", context(false)));
    }

    @Test
    void fileIdentityHasNoSideEffectAndStaysWhenTheFileIsMade() throws Exception {
        String name = "file:new.img?size=1M";
        String before = file.identity(name, context(false));
        assertFalse(Files.exists(folder.resolve("new.img")));
        open(file, name).close();
        assertEquals(1 << 20, Files.size(folder.resolve("new.img")));
        assertEquals(before, file.identity(name, context(false)));
    }

    @Test
    void badFileNamesAreRefused() throws Exception {
        Files.write(folder.resolve("a.img"), new byte[1 << 20]);
        assertRefused(file, "b.img", folder.resolve("b.img") + ": no such file");
        assertRefused(file, "file:a.img?size=2M", folder.resolve("a.img") + ": exists with a size of 1M, not 2M");
        assertRefused(file, "file:a.img?sync=true", "file:a.img?sync=true: unknown option 'sync'; known: size, direct");
        assertRefused(
                file, "file:a.img?direct=yes", "file:a.img?direct=yes: option direct=yes: expected true or false");
        assertRefused(file, "file:?size=1M", "file:?size=1M: expected a path");
        Path nowhere = folder.resolve("nowhere");
        assertRefused(file, "file:nowhere/a.img?size=1M", nowhere.resolve("a.img") + ": no such directory: " + nowhere);
    }
}
