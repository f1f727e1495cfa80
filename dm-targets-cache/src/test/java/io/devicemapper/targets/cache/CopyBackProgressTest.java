package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.target.Version;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import io.devicemapper.targets.cache.metadata.PolicyIdentity;
import io.devicemapper.testkit.ModelDevice;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** A resume that copies many blocks back tells how far it is. */
class CopyBackProgressTest {
    private static final int BLOCKS = 300;

    /** A logger that nobody refers to may be forgotten, and its handlers with it. */
    private final Logger logger = Logger.getLogger("io.devicemapper.target.cache");

    private final List<String> logged = new CopyOnWriteArrayList<>();

    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            logged.add(entry.getMessage());
        }

        @Override
        public void flush() {
            // Nothing is kept back.
        }

        @Override
        public void close() {
            // There is nothing to close.
        }
    };

    private static ModelDevice dirtyMetadata() throws Exception {
        ModelDevice device = ModelDevice.create("metadata", 8192);
        try (CacheMetadata metadata = CacheMetadata.formatUnstamped(device, 2, Rig.BLOCK)) {
            metadata.policy(new PolicyIdentity("smq", new Version(2, 0, 0)));
            metadata.resize(BLOCKS + 1);
            for (int block = 0; block < BLOCKS; block++) {
                metadata.map(block, BLOCKS - 1 - block);
                metadata.mark(block);
            }
            metadata.commit();
        }
        return device;
    }

    @Test
    void theLogFollows() throws Exception {
        ModelDevice cache = ModelDevice.create("cache", (BLOCKS + 1L) * Rig.BLOCK);
        ModelDevice origin = ModelDevice.create("origin", (long) BLOCKS * Rig.BLOCK);
        cache.model().write(0, Rig.sectorOf(7));
        logger.addHandler(handler);
        try (DeviceMapper deviceMapper = DeviceMapper.builder()
                .device("metadata", dirtyMetadata())
                .device("cache", cache)
                .device("origin", origin)
                .build()) {
            deviceMapper.create(
                    "ca",
                    "0 " + origin.sectors() + " cache metadata cache origin " + Rig.BLOCK + " 1 writethrough smq 0");
        } finally {
            logger.removeHandler(handler);
        }
        assertEquals(7, origin.model().sector((BLOCKS - 1L) * Rig.BLOCK)[0]);
        List<String> progress = logged.stream()
                .filter(line -> line.contains(" are copied back ("))
                .toList();
        assertEquals(5, progress.size(), progress::toString);
        assertTrue(progress.get(0).contains("ca: cache: 64 of 300 blocks are copied back (21 %)"), progress::toString);
        assertTrue(progress.get(4).contains("300 of 300 blocks are copied back (100 %)"), progress::toString);
    }
}
