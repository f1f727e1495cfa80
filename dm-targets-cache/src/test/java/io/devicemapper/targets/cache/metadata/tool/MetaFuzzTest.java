package io.devicemapper.targets.cache.metadata.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.devicemapper.persistent.LittleEndian;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.target.Version;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import io.devicemapper.targets.cache.metadata.PolicyIdentity;
import io.devicemapper.testkit.DeviceModel;
import io.devicemapper.testkit.ModelDevice;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images of cache metadata with damage, and with wrong fields under right checksums: an error or right data, and whatever is repaired checks. */
class MetaFuzzTest {
    private static final PolicyIdentity SMQ = new PolicyIdentity("smq", new Version(2, 0, 0));
    private static final int BLOCK_BYTES = 4096;
    private static final int METADATA_BLOCKS = 64;
    private static final int CACHE_BLOCKS = 1500;
    private static final int[] SALTS = {9031977, 121107, 595846735, 240779, 160478};

    private static DeviceModel image(int version, Random random, Map<Long, Long> mappings) throws MetadataException {
        ModelDevice device = ModelDevice.create("meta", METADATA_BLOCKS * 8L);
        try (CacheMetadata metadata = CacheMetadata.format(device, version, 128, SMQ)) {
            metadata.resize(CACHE_BLOCKS);
            metadata.twinBlock(CACHE_BLOCKS - 1);
            for (long block = 0; block < CACHE_BLOCKS - 1; block++) {
                if (random.nextBoolean()) {
                    metadata.map(block, 5000 - block);
                    mappings.put(block, 5000 - block);
                    if (random.nextBoolean()) {
                        metadata.mark(block);
                    }
                }
            }
            metadata.hints(SMQ, block -> (int) block);
            metadata.commit();
            metadata.unmap(3);
            mappings.remove(3L);
            metadata.commit();
            return device.model().copy();
        }
    }

    private static void damage(DeviceModel model, Random random, boolean fixChecksum) {
        int block = random.nextInt(24);
        ByteBuffer buffer = ByteBuffer.allocate(BLOCK_BYTES);
        model.read(block * 8L, buffer);
        byte[] bytes = buffer.array();
        int salt = saltOf(bytes);
        int range = block == 0 ? 360 : random.nextBoolean() ? 64 : BLOCK_BYTES;
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(4, range - 8);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> LittleEndian.putInt(bytes, at & ~3, random.nextInt(64));
                default -> LittleEndian.putLong(bytes, at & ~7, random.nextInt(METADATA_BLOCKS + 8));
            }
        }
        if (fixChecksum) {
            LittleEndian.putInt(bytes, 0, checksum(bytes) ^ salt);
        }
        model.write(block * 8L, ByteBuffer.wrap(bytes));
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 4, BLOCK_BYTES - 4);
        return ~(int) crc.getValue();
    }

    private static int saltOf(byte[] bytes) {
        int found = LittleEndian.getInt(bytes, 0) ^ checksum(bytes);
        for (int salt : SALTS) {
            if (salt == found) {
                return salt;
            }
        }
        return 0;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void anErrorOrRightData(int version) throws MetadataException {
        long seed = Long.getLong("dm.seed", new Random().nextLong());
        int rounds = Boolean.getBoolean("dm.soak") ? 10_000 : 300;
        Map<Long, Long> mappings = new TreeMap<>();
        DeviceModel whole = image(version, new Random(seed), mappings);
        for (int round = 0; round < rounds; round++) {
            Random random = new Random(seed + round);
            boolean fixChecksum = random.nextBoolean();
            DeviceModel model = whole.copy();
            damage(model, random, fixChecksum);
            String told = "seed " + seed + ", round " + round + ": ";
            try {
                use(told, model.copy(), fixChecksum ? null : mappings);
                repair(told, model);
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                fail(told + e, e);
            }
        }
    }

    /** Opens, loads, changes, commits, empties. */
    private static void use(String told, DeviceModel model, Map<Long, Long> expected) {
        ModelDevice device = new ModelDevice("meta", model, ModelDevice.LIMITS);
        Map<Long, Long> found = new TreeMap<>();
        try (CacheMetadata metadata = CacheMetadata.open(device)) {
            metadata.load(
                    SMQ, (cacheBlock, originBlock, marked, hint, hintValid) -> found.put(cacheBlock, originBlock));
            if (expected != null) {
                assertEquals(expected, found, told);
            }
            long blocks = Math.min(metadata.cacheBlocks(), CACHE_BLOCKS);
            for (long block = 0; block < blocks; block += 100) {
                if (block != metadata.twinBlock()) {
                    metadata.map(block, block);
                }
            }
            metadata.commit();
            metadata.empty();
        } catch (MetadataException e) {
            assertTrue(e.getMessage().startsWith("meta"), told + e);
        }
    }

    private static void repair(String told, DeviceModel model) {
        ModelDevice device = new ModelDevice("meta", model, ModelDevice.LIMITS);
        run(told, device, "check", "meta");
        run(told, device, "dump", "--repair", "meta");
        if (run(told, device, "repair", "--use-spare", "meta") == 0) {
            assertEquals(0, run(told, device, "check", "meta"), told + "repaired, but it does not check");
        }
    }

    private static int run(String told, ModelDevice device, String... args) {
        StringWriter err = new StringWriter();
        MetaTool tool = new MetaTool((name, readOnly) -> device, new ByteArrayInputStream(new byte[0]));
        int exit = tool.run(new PrintWriter(new StringWriter()), new PrintWriter(err), args);
        assertTrue(exit == 0 || err.toString().contains("dm: meta: "), told + exit + " " + err);
        return exit;
    }
}
