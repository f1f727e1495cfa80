package io.devicemapper.targets.cache.metadata;

import static io.devicemapper.targets.cache.metadata.CacheImage.SMQ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.persistent.CacheSuperblockFormat;
import io.devicemapper.persistent.CheckReport;
import io.devicemapper.persistent.MetadataCheck;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.persistent.MetadataException.Reason;
import io.devicemapper.targets.cache.metadata.CacheImage.Mapping;
import io.devicemapper.testkit.PowerCut;
import io.devicemapper.testkit.PowerCutDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The power goes before every write and flush of random histories of commits, detachments and kernels' visits. What is opened afterwards is what the
 * last step left, or the one under way, with the right provenance.
 */
class MetadataPowerCutTest {
    private static final int CACHE_BLOCKS = 600;

    /** So few that what one commit frees is used again by the next. */
    private static final int METADATA_BLOCKS = 24;

    /** What is durable after a step. */
    private record State(Provenance provenance, Map<Long, Mapping> mappings) {}

    private static final class History {
        private final Random random;
        private final BlockDevice device;
        private final List<State> states = new ArrayList<>();
        private final Map<Long, Mapping> now = new TreeMap<>();
        private CacheMetadata metadata;

        /** How many steps had returned. */
        private int acknowledged;

        History(long seed, BlockDevice device) {
            this.random = new Random(seed);
            this.device = device;
        }

        void run() throws MetadataException {
            metadata = CacheMetadata.format(device, 1 + random.nextInt(2), 64, SMQ);
            metadata.resize(CACHE_BLOCKS);
            commit(Provenance.OURS);
            for (int step = 0; step < 4; step++) {
                change();
                commit(Provenance.OURS);
                switch (random.nextInt(5)) {
                    case 0 -> detachAndEmpty();
                    case 1 -> visitOfAKernel();
                    case 2 -> abort();
                    default -> metadata.generation(step);
                }
            }
        }

        private void change() throws MetadataException {
            for (int i = random.nextInt(60); i >= 0; i--) {
                long block = random.nextInt(CACHE_BLOCKS);
                if (random.nextInt(4) == 0) {
                    metadata.unmap(block);
                    now.remove(block);
                } else {
                    long origin = random.nextInt(1_000_000);
                    boolean marked = random.nextBoolean();
                    metadata.map(block, origin);
                    if (marked) {
                        metadata.mark(block);
                    }
                    now.put(block, new Mapping(origin, marked, 0));
                }
            }
        }

        private void commit(Provenance provenance) throws MetadataException {
            begin(provenance);
            metadata.commit();
            end();
        }

        private void begin(Provenance provenance) {
            states.add(new State(provenance, new TreeMap<>(now)));
        }

        private void end() {
            acknowledged = states.size();
        }

        private void abort() throws MetadataException {
            Map<Long, Mapping> before = new TreeMap<>(now);
            change();
            metadata.abort();
            now.clear();
            now.putAll(before);
        }

        private void detachAndEmpty() throws MetadataException {
            begin(Provenance.DETACHED);
            metadata.detach();
            end();
            now.clear();
            begin(Provenance.DETACHED); // some commits on the way; what they hold is of no interest
            begin(Provenance.OURS);
            metadata.empty();
            end();
        }

        private void visitOfAKernel() throws MetadataException {
            metadata.close();
            Map<Long, Mapping> marks = new TreeMap<>(now);
            now.replaceAll((block, mapping) -> new Mapping(mapping.originBlock(), true, 0));
            begin(Provenance.FOREIGN_UNCLEAN);
            var store = CacheImage.kernelOpens(device);
            end();
            now.putAll(marks);
            begin(Provenance.FOREIGN_CLEAN);
            CacheImage.kernelCloses(store);
            end();
            metadata = CacheMetadata.open(device);
        }
    }

    @Test
    void whatIsOpenedIsTheLastStepOrTheOneUnderWay() throws MetadataException {
        long seed = Soak.seed();
        int histories = Soak.times(15, 200);
        for (int i = 0; i < histories; i++) {
            cutEverywhere(seed + i);
        }
    }

    private static void cutEverywhere(long seed) throws MetadataException {
        PowerCut uncut = new PowerCut(seed);
        new History(seed, PowerCutDevice.create("meta", METADATA_BLOCKS * 8L, uncut)).run();
        long operations = uncut.operations();
        for (long cut = 0; cut <= operations; cut++) {
            String told = "seed " + seed + ", cut before " + cut + " of " + operations + " writes and flushes: ";
            PowerCut power = new PowerCut(seed * 31 + cut);
            power.afterOperations(cut);
            PowerCutDevice device = PowerCutDevice.create("meta", METADATA_BLOCKS * 8L, power);
            History history = new History(seed, device);
            try {
                history.run();
                assertEquals(operations, cut, () -> told + "the history ended");
                power.cut();
            } catch (MetadataException e) {
                assertEquals(Reason.IO, e.reason(), () -> told + e);
            }
            power.restore();
            verify(device, history, told);
        }
    }

    private static void verify(BlockDevice device, History history, String told) throws MetadataException {
        if (history.acknowledged == 0 && CacheMetadata.inspect(device).isEmpty()) {
            return;
        }
        CheckReport report = MetadataCheck.check(device, CacheSuperblockFormat.INSTANCE);
        assertTrue(report.isClean(), () -> told + report);
        try (CacheMetadata opened = CacheMetadata.open(device)) {
            Provenance provenance = opened.provenance();
            Map<Long, Mapping> mappings = CacheImage.load(opened);
            for (int i = Math.max(0, history.acknowledged - 1); i < history.states.size(); i++) {
                State state = history.states.get(i);
                boolean suits = provenance == Provenance.DETACHED || mappings.equals(state.mappings());
                if (provenance == state.provenance() && suits) {
                    return;
                }
            }
            if (history.acknowledged == 0 && opened.cacheBlocks() == 0) {
                return; // formatted, nothing more
            }
            fail(told + provenance + " with " + mappings.size() + " mappings is none of the last states");
        }
    }
}
