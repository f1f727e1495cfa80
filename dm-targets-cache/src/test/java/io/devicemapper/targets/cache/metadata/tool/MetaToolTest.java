package io.devicemapper.targets.cache.metadata.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.persistent.CacheSuperblockFormat;
import io.devicemapper.persistent.LittleEndian;
import io.devicemapper.persistent.MetadataStore;
import io.devicemapper.persistent.PersistentArray;
import io.devicemapper.persistent.PersistentBitset;
import io.devicemapper.persistent.StoreOptions;
import io.devicemapper.target.Version;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import io.devicemapper.targets.cache.metadata.PolicyIdentity;
import io.devicemapper.targets.cache.metadata.Provenance;
import io.devicemapper.testkit.ModelDevice;
import io.devicemapper.testkit.PeerTool;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetaToolTest {
    private static final PolicyIdentity SMQ = new PolicyIdentity("smq", new Version(2, 0, 0));
    private static final int BLOCK_BYTES = 4096;

    private final Map<String, ModelDevice> devices = new HashMap<>();
    private final ModelDevice device = device("meta");
    private String out;
    private String err;

    @TempDir
    private Path folder;

    private ModelDevice device(String name) {
        ModelDevice made = ModelDevice.create(name, 256 * 8L);
        devices.put(name, made);
        return made;
    }

    private int run(String... args) {
        return runWith("", args);
    }

    private int runWith(String input, String... args) {
        return runWith(input.getBytes(StandardCharsets.UTF_8), args);
    }

    private int runWith(byte[] input, String... args) {
        StringWriter outText = new StringWriter();
        StringWriter errText = new StringWriter();
        MetaTool tool = new MetaTool(
                (name, readOnly) -> {
                    ModelDevice found = devices.get(name);
                    if (found == null) {
                        throw new IOException(name + ": no such device");
                    }
                    return found;
                },
                new ByteArrayInputStream(input));
        int exit = tool.run(new PrintWriter(outText), new PrintWriter(errText), args);
        out = outText.toString().replace(System.lineSeparator(), "\n");
        err = errText.toString().replace(System.lineSeparator(), "\n");
        return exit;
    }

    /** 2000 cache blocks, of which every third is in use, every sixth marked. */
    private CacheMetadata filled(int version) throws IOException {
        CacheMetadata metadata = CacheMetadata.format(device, version, 128, SMQ);
        metadata.resize(2000);
        metadata.twinBlock(1);
        metadata.generation(5);
        for (long block = 0; block < 2000; block += 3) {
            metadata.map(block, 10_000 - block);
            if (block % 6 == 0) {
                metadata.mark(block);
            }
        }
        metadata.hints(SMQ, block -> (int) block);
        metadata.commit();
        return metadata;
    }

    private byte[] block(long number) {
        ByteBuffer bytes = ByteBuffer.allocate(BLOCK_BYTES);
        device.model().read(number * 8, bytes);
        return bytes.array();
    }

    private void damage(long number) {
        byte[] bytes = block(number);
        bytes[100] ^= 1;
        device.model().write(number * 8, ByteBuffer.wrap(bytes));
    }

    /** The block of an array that holds the elements from {@code index * per block} on. */
    private long arrayBlock(int rootOffset, int index) {
        long root = LittleEndian.getLong(block(0), rootOffset);
        byte[] leaf = block(root);
        return LittleEndian.getLong(leaf, 32 + 252 * 8 + index * 8);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whatIsRightChecks(int version) throws IOException {
        filled(version).close();
        assertEquals(0, run("check", "meta"));
        assertEquals("", err);
        assertTrue(out.contains("2000 blocks of 128 sectors, last used by this program, 667 in use"), out);
        assertEquals(0, run("check", "-q", "meta"));
        assertEquals("", out);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void theDumpIsThatOfCacheDump(int version) throws IOException, InterruptedException {
        filled(version).close();
        assertEquals(0, run("dump", "meta"));
        String ours = version == 1 ? out : out.replace("dirty=\"true\"", "dirty=\"false\"");
        String theirs = PeerTool.run(
                folder, "cache_dump", device.writeTo(folder.resolve("meta.img")).toString());
        assertEquals(theirs, ours);
        assertEquals(0, run("dump", "-o", folder.resolve("dump.xml").toString(), "meta"));
        assertEquals("", out);
        assertTrue(Files.readString(folder.resolve("dump.xml")).contains("dirty=\"true\""));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whatWasDumpedIsRestored(int version) throws IOException, InterruptedException {
        filled(version).close();
        run("dump", "meta");
        String dump = out;
        device("other");
        assertEquals(0, runWith(dump, "restore", "--metadata-version", Integer.toString(version), "other"));
        assertEquals("other: restored, 667 cache blocks in use\n", out);
        assertEquals(0, run("check", "other"));
        assertEquals(0, run("dump", "other"));
        assertEquals(dump, out);
        try (CacheMetadata metadata = CacheMetadata.open(devices.get("other"))) {
            assertEquals(version, metadata.superblock().version());
            assertEquals(Provenance.FOREIGN_CLEAN, metadata.provenance());
        }
        Path file = devices.get("other").writeTo(folder.resolve("meta.img"));
        PeerTool.run(folder, "cache_check", file.toString());
        if (version == 1) {
            assertEquals(dump, PeerTool.run(folder, "cache_dump", file.toString()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void cacheRestoreReadsOurDump(int version) throws IOException, InterruptedException {
        filled(version).close();
        run("dump", "meta");
        String dump = out;
        Path xml = Files.writeString(folder.resolve("dump.xml"), dump);
        Path image = Files.write(folder.resolve("restored.img"), new byte[1 << 20]);
        PeerTool.run(
                folder,
                "cache_restore",
                "--metadata-version",
                Integer.toString(version),
                "-i",
                xml.toString(),
                "-o",
                image.toString());
        devices.put("theirs", ModelDevice.ofFile("meta", image));
        assertEquals(0, run("dump", "theirs"));
        assertEquals(dump, out);
        assertEquals(0, run("check", "--ignore-non-fatal-errors", "theirs"), out);
    }

    @Test
    void metadataThatWasNotClosedIsAllDirty() throws IOException {
        filled(2).close();
        MetadataStore store = MetadataStore.open(device, CacheSuperblockFormat.INSTANCE, StoreOptions.DEFAULT);
        store.writeFlags(0);
        assertEquals(0, run("dump", "meta"));
        assertTrue(!out.contains("dirty=\"false\""), out);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<a/>|input line 1: expected the element superblock, found a",
                "<superblock block_size='128' nr_cache_blocks='x' policy='smq'/>|input line 1: nr_cache_blocks is 'x', no number",
                "<superblock block_size='0' nr_cache_blocks='1' policy='smq'/>|input line 1: block_size is 0",
                "<superblock block_size='128' nr_cache_blocks='1' policy='smq'><mappings><mapping cache_block='1' origin_block='0' dirty='true'/></mappings></superblock>|input line 1: cache block 1, where there are 1",
                "<superblock block_size='128' nr_cache_blocks='1' policy='smq'><mappings><mapping cache_block='0' origin_block='0' dirty='maybe'/></mappings></superblock>|input line 1: dirty is 'maybe', expected true or false",
                "<superblock block_size='128' nr_cache_blocks='1' policy='smq'><mappings><mapping cache_block='0' dirty='true'/></mappings></superblock>|input line 1: mapping has no origin_block",
                "<superblock block_size='128' nr_cache_blocks='1' policy='smq'><hints><hint cache_block='0' data='AAA='/></hints></superblock>|input line 1: a hint of 2 bytes, expected 4",
                "<superblock block_size='128' nr_cache_blocks='200000' policy='smq'/>|meta: no metadata block is free"
            })
    void whatCannotBeRestoredIsToldInALine(String xml, String message) throws IOException {
        assertEquals(1, runWith(xml, "restore", "meta"));
        assertTrue(err.startsWith("dm: meta: " + message), err);
        assertEquals(1, err.lines().count(), err);
        assertTrue(CacheMetadata.inspect(device).isEmpty(), "nothing was committed");
    }

    @Test
    void bytesThatAreNoTextAreRefusedInALine() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream standardError = System.err;
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            assertEquals(1, runWith(new byte[] {(byte) 0xf7, (byte) 0xce, (byte) 0xaf, 0}, "restore", "meta"));
        } finally {
            System.setErr(standardError);
        }
        assertEquals("dm: meta: input line 1: Content is not allowed in prolog.\n", err);
        assertEquals("", printed.toString(StandardCharsets.UTF_8), "beside the line");
    }

    @Test
    void xmlThatBreaksOffOrReachesOutsideIsRefused() {
        assertEquals(1, runWith("<superblock block_size='128' nr_cache_blocks='1' policy='smq'>", "restore", "meta"));
        assertTrue(err.startsWith("dm: meta: input line 1: "), err);
        String outside = "<!DOCTYPE superblock [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>\n"
                + "<superblock block_size='128' nr_cache_blocks='1' policy='&e;'/>";
        assertEquals(1, runWith(outside, "restore", "meta"));
        assertTrue(err.startsWith("dm: meta: input line "), err);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void lostMappingsAreToldAsRangesAndTheRestIsSaved(int version) throws IOException, InterruptedException {
        filled(version).close();
        damage(arrayBlock(CacheSuperblockFormat.MAPPING_ROOT, 1));
        assertEquals(1, run("check", "meta"));
        assertTrue(out.contains("cache blocks 509 to 1017: mappings are lost (meta: block "), out);
        assertEquals(1, run("dump", "meta"));
        assertEquals(0, run("dump", "--repair", "meta"));
        String salvaged = out;
        assertEquals(0, run("repair", "meta"));
        assertTrue(err.startsWith("cache blocks 509 to 1017: mappings are lost"), err);
        assertEquals("meta: repaired, 497 of 2000 cache blocks in use\n", out);
        assertEquals(0, run("check", "meta"));
        assertEquals(0, run("dump", "meta"));
        assertEquals(salvaged, out);
        PeerTool.run(
                folder,
                "cache_check",
                device.writeTo(folder.resolve("meta.img")).toString());
        try (CacheMetadata metadata = CacheMetadata.open(device)) {
            assertEquals(Provenance.OURS, metadata.provenance(), "the twin still has to agree");
            assertEquals(5, metadata.generation());
            assertEquals(1, metadata.twinBlock());
        }
    }

    @Test
    void lostMarksCountAsMarked() throws IOException {
        filled(2).close();
        damage(arrayBlock(CacheSuperblockFormat.DIRTY_ROOT, 0));
        device("other");
        assertEquals(0, run("repair", "--output", "other", "meta"));
        assertTrue(err.startsWith("marks of cache blocks 0 to 1999 are lost: they count as marked"), err);
        try (CacheMetadata metadata = CacheMetadata.open(devices.get("other"))) {
            assertTrue(metadata.isMarked(3));
        }
        assertEquals(1, run("check", "meta"), "the source is as it was");
    }

    @Test
    void theSpareIsTakenOnlyOnDemand() throws IOException {
        filled(2).close();
        run("dump", "meta");
        String dump = out;
        damage(0);
        assertEquals(1, run("repair", "meta"));
        assertTrue(err.contains("--use-spare takes it"), err);
        assertEquals(0, run("repair", "--use-spare", "meta"));
        assertEquals(0, run("dump", "meta"));
        assertEquals(dump, out);
        device.model().zero(255 * 8L, 8);
        damage(0);
        assertEquals(1, run("repair", "--use-spare", "meta"));
        assertTrue(err.contains("no spare copy"), err);
    }

    @Test
    void nothingIsChangedWhereNothingIsWrong() throws IOException {
        filled(2).close();
        byte[] before = block(0);
        assertEquals(0, run("repair", "meta"));
        assertEquals("meta: nothing is wrong, and nothing was changed\n", out);
        assertEquals(ByteBuffer.wrap(before), ByteBuffer.wrap(block(0)));
    }

    @Test
    void aDetachedCacheIsEmptiedByARepair() throws IOException {
        filled(2).detach();
        assertEquals(1, run("dump", "meta"));
        assertEquals(0, run("check", "meta"), err);
        assertEquals(1, run("check", "--clear-needs-check-flag", "meta"));
        assertEquals(0, run("repair", "meta"));
        assertEquals("meta: repaired, 0 of 2000 cache blocks in use\n", out);
        assertEquals(0, run("check", "meta"));
        assertTrue(out.contains(", closed in order by a kernel or a tool, 0 in use"), out);
        assertEquals(
                Provenance.FOREIGN_CLEAN,
                CacheMetadata.inspect(device).orElseThrow().provenance());
    }

    @Test
    void needsCheckIsClearedAfterAGoodCheckAlone() throws IOException {
        filled(2).markNeedsCheck();
        damage(arrayBlock(CacheSuperblockFormat.MAPPING_ROOT, 1));
        assertEquals(1, run("check", "--clear-needs-check-flag", "meta"));
        assertTrue(CacheMetadata.inspect(device).orElseThrow().needsCheck());
        damage(arrayBlock(CacheSuperblockFormat.MAPPING_ROOT, 1));
        assertEquals(0, run("check", "--clear-needs-check-flag", "meta"));
        try (CacheMetadata metadata = CacheMetadata.open(device)) {
            assertTrue(!metadata.needsCheck());
            assertEquals(Provenance.OURS, metadata.provenance());
        }
    }

    @Test
    void aRepairOfWhatIsWholeClearsTheFlag() throws IOException {
        filled(2).markNeedsCheck();
        assertEquals(0, run("repair", "meta"));
        assertEquals("meta: nothing is wrong, and nothing was changed but the flag \"needs check\"\n", out);
        try (CacheMetadata metadata = CacheMetadata.open(device)) {
            assertTrue(!metadata.needsCheck());
            assertEquals(Provenance.OURS, metadata.provenance());
        }
    }

    /** Breaks the cache's own rules, in metadata whose structure is right. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "3|655360001|cache blocks 0 and 3 both hold origin block 10000",
                "3|65538|cache block 3: not in use, but its mapping is 0x10002",
                "3|5|cache block 3: the mapping has flags 0x5, known are 0x1",
                "6|0|1 cache blocks are marked, but not in use; the first is 6"
            })
    void theCachesOwnRulesAreChecked(long cacheBlock, long mapping, String problem) throws IOException {
        filled(2).close();
        MetadataStore store = MetadataStore.open(device, CacheSuperblockFormat.INSTANCE, StoreOptions.DEFAULT);
        PersistentArray mappings = store.openArray(
                Long.BYTES, LittleEndian.getLong(store.superblock(), CacheSuperblockFormat.MAPPING_ROOT));
        mappings.set(cacheBlock, mapping);
        LittleEndian.putLong(store.superblock(), CacheSuperblockFormat.MAPPING_ROOT, mappings.root());
        store.commit();
        assertEquals(1, run("check", "meta"));
        assertTrue(out.lines().anyMatch(problem::equals), out);
        assertEquals(0, run("repair", "meta"));
        assertEquals(0, run("check", "meta"), out);
    }

    @Test
    void originBlocksAreInTheOriginWhereItsSizeIsKnown() throws IOException {
        filled(2).close();
        MetadataStore store = MetadataStore.open(device, CacheSuperblockFormat.INSTANCE, StoreOptions.DEFAULT);
        byte[] superblock = store.superblock();
        PersistentBitset discards =
                store.openBitset(LittleEndian.getLong(superblock, CacheSuperblockFormat.DISCARD_ROOT), 0);
        discards.resize(10_000);
        LittleEndian.putLong(superblock, CacheSuperblockFormat.DISCARD_ROOT, discards.root());
        LittleEndian.putLong(superblock, CacheSuperblockFormat.DISCARD_BLOCK_SIZE, 128);
        LittleEndian.putLong(superblock, CacheSuperblockFormat.DISCARD_NR_BLOCKS, 10_000);
        store.commit();
        assertEquals(1, run("check", "meta"));
        assertEquals("cache block 0: origin block 10000 is behind the origin's end, which has 10000 blocks\n", out);
    }

    @Test
    void lostSpaceIsAnErrorUnlessIgnored() throws IOException {
        filled(2).close();
        MetadataStore store = MetadataStore.open(device, CacheSuperblockFormat.INSTANCE, StoreOptions.DEFAULT);
        store.createArray(Long.BYTES);
        store.commit();
        assertEquals(1, run("check", "meta"));
        assertTrue(out.startsWith("lost space: block "), out);
        assertEquals(0, run("check", "--ignore-non-fatal-errors", "meta"));
        assertEquals(0, run("repair", "meta"));
        assertEquals(0, run("check", "meta"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "#no command given; usage: dm meta check|dump|restore|repair [OPTIONS] DEVICE",
                "frob#unknown command 'frob'; usage: dm meta check|dump|restore|repair [OPTIONS] DEVICE",
                "check#check: one device expected, found 0; usage: dm meta check|dump|restore|repair [OPTIONS] DEVICE",
                "check -x meta#unknown option '-x'; dm meta --help shows those there are",
                "check --repair meta#option --repair does not belong to check",
                "dump meta -o#option --output needs a value",
                "restore --metadata-version=3 meta#--metadata-version: expected 1 or 2, found '3'",
                "check gone#gone: no such device",
                "check meta#meta: block 0 is all zeroes: there is no cache metadata yet",
                "restore -i /no/such/file meta#/no/such/file: no such file"
            })
    void errorsAreOneLine(String words, String message) {
        String[] split = words == null ? new String[0] : words.split(" ");
        assertEquals(1, run(split));
        assertEquals("dm: meta: " + message + "\n", err);
        assertEquals("", out);
    }

    @Test
    void helpNamesTheCommands() {
        assertEquals(0, run("--help"));
        assertTrue(out.startsWith("Usage: dm meta "));
        assertTrue(out.contains("--use-spare"));
    }
}
