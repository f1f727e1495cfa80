package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.testkit.ModelDevice;
import io.devicemapper.testkit.PeerTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** dm-cache metadata, judged by the tools of thin-provisioning-tools. */
class CacheToolsTest {
    private static final int CACHE_BLOCKS = 20_000;
    private static final int METADATA_BLOCKS = 1024;

    @TempDir
    Path folder;

    /** Cache blocks and what they hold. */
    private static Map<Long, Long> dumped(String xml) {
        TreeMap<Long, Long> mappings = new TreeMap<>();
        Matcher matcher = Pattern.compile("<mapping cache_block=\"(\\d+)\" origin_block=\"(\\d+)\"")
                .matcher(xml);
        while (matcher.find()) {
            mappings.put(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
        }
        return mappings;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whatWeWriteChecksAndDumps(int version) throws IOException, InterruptedException {
        long seed = Soak.seed();
        Random random = new Random(seed);
        ModelDevice device = ModelDevice.create("meta", METADATA_BLOCKS * 8L);
        MetadataStore store =
                MetadataStore.format(device, CacheSuperblockFormat.INSTANCE, version, StoreOptions.DEFAULT);
        PersistentArray mappings = store.createArray(8);
        mappings.resize(CACHE_BLOCKS, 0);
        PersistentArray hints = store.createArray(4);
        hints.resize(CACHE_BLOCKS, 0);
        PersistentBitset dirty = version == 2 ? store.createBitset() : null;
        if (dirty != null) {
            dirty.resize(CACHE_BLOCKS);
        }
        PersistentBitset discards = store.createBitset();
        TreeMap<Long, Long> model = new TreeMap<>();
        for (int commit = 0; commit < 5; commit++) {
            for (int i = 0; i < 1000; i++) {
                long block = random.nextInt(CACHE_BLOCKS);
                if (random.nextInt(4) == 0) {
                    mappings.set(block, 0);
                    model.remove(block);
                } else {
                    long origin = block * 7 + 100_000L * commit;
                    mappings.set(block, (origin << 16) | 1);
                    hints.set(block, i);
                    model.put(block, origin);
                }
            }
            byte[] superblock = store.superblock();
            LittleEndian.putInt(superblock, SuperblockFormat.FLAGS_OFFSET, CacheSuperblockFormat.CLEAN_SHUTDOWN);
            System.arraycopy(
                    "smq".getBytes(StandardCharsets.US_ASCII), 0, superblock, CacheSuperblockFormat.POLICY_NAME, 3);
            LittleEndian.putInt(superblock, CacheSuperblockFormat.POLICY_HINT_SIZE, 4);
            LittleEndian.putInt(superblock, CacheSuperblockFormat.POLICY_VERSION, 2);
            LittleEndian.putLong(superblock, CacheSuperblockFormat.MAPPING_ROOT, mappings.root());
            LittleEndian.putLong(superblock, CacheSuperblockFormat.HINT_ROOT, hints.root());
            LittleEndian.putLong(superblock, CacheSuperblockFormat.DISCARD_ROOT, discards.root());
            if (dirty != null) {
                LittleEndian.putLong(superblock, CacheSuperblockFormat.DIRTY_ROOT, dirty.root());
            }
            LittleEndian.putInt(superblock, CacheSuperblockFormat.DATA_BLOCK_SIZE, 128);
            LittleEndian.putInt(superblock, CacheSuperblockFormat.METADATA_BLOCK_SIZE, 8);
            LittleEndian.putInt(superblock, CacheSuperblockFormat.CACHE_BLOCKS, CACHE_BLOCKS);
            store.commit();
            Path file = device.writeTo(folder.resolve("meta.img"));
            PeerTool.run(folder, "cache_check", file.toString());
            assertEquals(model, dumped(PeerTool.run(folder, "cache_dump", file.toString())), "seed " + seed);
        }
    }

    @Test
    void whatCacheRestoreMadeOpensHere() throws IOException, InterruptedException {
        StringBuilder xml = new StringBuilder("""
                <superblock uuid="" block_size="128" nr_cache_blocks="3000" policy="smq" hint_width="4">
                <mappings>
                """);
        TreeMap<Long, Long> model = new TreeMap<>();
        for (long block = 0; block < 3000; block += 3) {
            model.put(block, block * 11 + 5);
            xml.append("<mapping cache_block=\"%d\" origin_block=\"%d\" dirty=\"false\"/>\n"
                    .formatted(block, block * 11 + 5));
        }
        xml.append("</mappings>\n<hints>\n</hints>\n</superblock>\n");
        Path source = Files.writeString(folder.resolve("source.xml"), xml);
        Path image = Files.write(folder.resolve("restored.img"), new byte[METADATA_BLOCKS * BlockType.BLOCK_BYTES]);
        PeerTool.run(folder, "cache_restore", "-i", source.toString(), "-o", image.toString());
        ModelDevice device = ModelDevice.ofFile("meta", image);
        CheckReport report = MetadataCheck.check(device, CacheSuperblockFormat.INSTANCE);
        // cache_restore 0.9.0 counts a block that it does not use: a leak, which cache_check passes over.
        assertEquals(List.of(), report.problems());
        MetadataStore store = MetadataStore.open(device, CacheSuperblockFormat.INSTANCE, StoreOptions.DEFAULT);
        PersistentArray mappings =
                store.openArray(8, LittleEndian.getLong(store.superblock(), CacheSuperblockFormat.MAPPING_ROOT));
        assertEquals(3000, mappings.size());
        for (long block = 0; block < 3000; block++) {
            Long origin = model.get(block);
            assertEquals(origin == null ? 0 : (origin << 16) | 1, mappings.get(block), "cache block " + block);
        }
    }
}
