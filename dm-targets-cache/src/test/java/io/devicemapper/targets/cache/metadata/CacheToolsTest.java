package io.devicemapper.targets.cache.metadata;

import static io.devicemapper.targets.cache.metadata.CacheImage.SMQ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.targets.cache.metadata.CacheImage.Mapping;
import io.devicemapper.testkit.ModelDevice;
import io.devicemapper.testkit.PeerTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Metadata of ours in the hands of cache_check and cache_dump, and that of cache_restore in ours. */
class CacheToolsTest {
    private static final Pattern MAPPING =
            Pattern.compile("<mapping cache_block=\"(\\d+)\" origin_block=\"(\\d+)\" dirty=\"(\\w+)\"");

    @TempDir
    Path folder;

    private static Map<Long, Mapping> dumped(String xml) {
        Map<Long, Mapping> mappings = new TreeMap<>();
        for (Matcher each = MAPPING.matcher(xml); each.find(); ) {
            mappings.put(
                    Long.parseLong(each.group(1)),
                    new Mapping(Long.parseLong(each.group(2)), each.group(3).equals("true"), 0));
        }
        return mappings;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void everyCommitChecksAndDumps(int version) throws IOException, InterruptedException {
        long seed = Soak.seed();
        Random random = new Random(seed);
        ModelDevice device = ModelDevice.create("meta", 1024 * 8L);
        CacheMetadata metadata = CacheMetadata.format(device, version, 128, SMQ);
        metadata.resize(20_000);
        metadata.twinBlock(0);
        Map<Long, Mapping> model = new TreeMap<>();
        for (int commit = 0; commit < 4; commit++) {
            for (int i = 0; i < 1000; i++) {
                long block = random.nextInt(1, 20_000);
                if (random.nextInt(4) == 0) {
                    metadata.unmap(block);
                    model.remove(block);
                } else {
                    long origin = block * 7 + 1_000_000L * commit;
                    boolean marked = random.nextBoolean();
                    metadata.map(block, origin);
                    if (marked) {
                        metadata.mark(block);
                    }
                    // cache_dump 0.9.0 does not look at the dirty bits of version 2.
                    model.put(block, new Mapping(origin, marked && version == 1, 0));
                }
            }
            metadata.generation(commit);
            if (commit == 2) {
                metadata.hints(SMQ, block -> (int) block);
            }
            metadata.commit();
            String file = device.writeTo(folder.resolve("meta.img")).toString();
            PeerTool.run(folder, "cache_check", file);
            assertEquals(model, dumped(PeerTool.run(folder, "cache_dump", file)), "seed " + seed);
        }
    }

    @Test
    void aDetachedCacheIsRefusedByTheToolsUntilItIsEmptied() throws IOException, InterruptedException {
        ModelDevice device = ModelDevice.create("meta", 1024 * 8L);
        CacheMetadata metadata = CacheMetadata.format(device, 2, 128, SMQ);
        metadata.resize(5000);
        metadata.map(1, 1);
        metadata.commit();
        metadata.detach();
        PeerTool.Result refused = PeerTool.tryRun(
                folder,
                "cache_check",
                device.writeTo(folder.resolve("meta.img")).toString());
        assertEquals(1, refused.status());
        assertTrue(refused.output().contains("incompat_flags"), refused::output);
        metadata.empty();
        String file = device.writeTo(folder.resolve("meta.img")).toString();
        PeerTool.run(folder, "cache_check", file);
        assertEquals(Map.of(), dumped(PeerTool.run(folder, "cache_dump", file)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whatCacheRestoreMadeOpensHere(int version) throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("source.xml"), """
                <superblock uuid="" block_size="128" nr_cache_blocks="3000" policy="smq" hint_width="4">
                  <mappings>
                    <mapping cache_block="0" origin_block="5" dirty="false"/>
                    <mapping cache_block="2999" origin_block="281474976710655" dirty="true"/>
                  </mappings>
                  <hints>
                    <hint cache_block="0" data="PwAAAA=="/>
                    <hint cache_block="2999" data="AQIDBA=="/>
                  </hints>
                </superblock>
                """);
        Path image = Files.write(folder.resolve("restored.img"), new byte[4 << 20]);
        PeerTool.run(
                folder,
                "cache_restore",
                "--metadata-version",
                Integer.toString(version),
                "-i",
                source.toString(),
                "-o",
                image.toString());
        ModelDevice device = ModelDevice.ofFile("meta", image);
        try (CacheMetadata metadata = CacheMetadata.open(device)) {
            assertEquals(version, metadata.superblock().version());
            assertEquals(Provenance.FOREIGN_CLEAN, metadata.provenance());
            assertFalse(metadata.superblock().isStamped());
            assertEquals(3000, metadata.cacheBlocks());
            // Hints of a size that is given as 0 are no hints: so does the kernel see what cache_restore 0.9.0 wrote.
            assertEquals(
                    Map.of(0L, new Mapping(5, false, 0), 2999L, new Mapping((1L << 48) - 1, true, 0)),
                    CacheImage.load(metadata));
            metadata.unmark(2999);
            metadata.commit();
        }
        assertEquals(
                Map.of(0L, new Mapping(5, false, 0), 2999L, new Mapping((1L << 48) - 1, false, 0)),
                CacheImage.load(device));
        // The one block that cache_restore leaks is no error for cache_check.
        PeerTool.run(
                folder,
                "cache_check",
                device.writeTo(folder.resolve("meta.img")).toString());
    }

    /** What an administrator does to a cache that needs a check must not make blocks ours that are not. */
    @Test
    void clearingNeedsCheckWithTheToolLeavesNothingThatPassesAsOurs() throws IOException, InterruptedException {
        ModelDevice device = ModelDevice.create("meta", 1024 * 8L);
        CacheMetadata metadata = CacheMetadata.format(device, 2, 128, SMQ);
        metadata.resize(100);
        metadata.map(1, 1);
        metadata.mark(1);
        metadata.commit();
        metadata.markNeedsCheck();
        Path file = device.writeTo(folder.resolve("meta.img"));
        PeerTool.run(folder, "cache_check", "--clear-needs-check-flag", file.toString());
        ModelDevice cleared = ModelDevice.ofFile("meta", file);
        try (CacheMetadata opened = CacheMetadata.open(cleared)) {
            assertFalse(opened.needsCheck());
            assertNotEquals(Provenance.OURS, opened.provenance());
            assertTrue(opened.isMarked(1));
        }
        metadata.detach();
        file = device.writeTo(folder.resolve("meta.img"));
        PeerTool.tryRun(folder, "cache_check", "--clear-needs-check-flag", file.toString());
        assertEquals(
                Provenance.DETACHED,
                CacheMetadata.inspect(ModelDevice.ofFile("meta", file))
                        .orElseThrow()
                        .provenance());
    }
}
