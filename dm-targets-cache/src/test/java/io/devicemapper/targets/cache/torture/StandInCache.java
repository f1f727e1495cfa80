package io.devicemapper.targets.cache.torture;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import io.devicemapper.testkit.DeviceModel;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/**
 * The least that can be called a write-through cache: one thread does all, one bio after another, and the metadata is one sector. It is right, unless it is
 * told to make a {@link Mistake}: so it shows that the tests of this package find what they should.
 */
final class StandInCache implements TargetType<StandInCache.State> {
    private static final long MAGIC = 0x7374616e642d696eL;
    private static final int BLOCK_SECTORS = CacheBed.BLOCK_SECTORS;
    private static final int FIRST_ENTRY = 16;
    private static final int ENTRY_BYTES = 16;
    private static final int FREE = -1;
    private static final int BIOS_BETWEEN_CLEARINGS = 6;

    private final Mistake mistake;

    StandInCache(Mistake mistake) {
        this.mistake = mistake;
    }

    @Override
    public String name() {
        return "cache";
    }

    @Override
    public Version version() {
        return new Version(2, 3, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public State ctr(DmTarget<State> ti, TargetArgs args) throws TargetException {
        State state = new State(
                args.device("metadata dev"), args.device("cache dev"), args.device("origin dev"), ti.worker("all", 1));
        args.next("block size");
        args.group("#features", 3, "Invalid number of cache feature arguments").rest();
        args.next("policy");
        args.next("#policy args");
        state.selection.set(args.next("key"), args.next("value"));
        ti.maxIoLen(BLOCK_SECTORS);
        ti.flushBios(1);
        ti.discardBios(1);
        ti.writeZeroesBios(1);
        return state;
    }

    @Override
    public void preresume(DmTarget<State> ti) throws TargetException {
        try {
            ti.state().load();
        } catch (BlockIoException e) {
            throw new TargetException(e.getMessage(), e);
        }
    }

    @Override
    public MapResult map(DmTarget<State> ti, TargetBio bio) {
        State state = ti.state();
        state.worker.execute(() -> state.carryOut(bio));
        return bio.submitted();
    }

    @Override
    public void iterateDevices(DmTarget<State> ti, DeviceVisitor visitor) {
        visitor.visit(ti.state().cache, 0, ti.state().cache.sectors());
        visitor.visit(ti.state().origin, 0, ti.len());
    }

    /** What a metadata device of this cache says. */
    static MetadataImage image(DeviceModel metadata) {
        ByteBuffer sector = ByteBuffer.wrap(metadata.sector(0));
        List<MetadataImage.Mapping> mappings = new ArrayList<>();
        boolean formatted = sector.getLong(0) == MAGIC;
        for (int i = 0; formatted && i < sector.getInt(Long.BYTES); i++) {
            if (sector.getLong(entry(i)) != FREE) {
                mappings.add(new MetadataImage.Mapping(
                        i, sector.getLong(entry(i)), sector.getLong(entry(i) + Long.BYTES) != 0));
            }
        }
        return new MetadataImage(formatted, true, false, mappings);
    }

    private static int entry(int cacheBlock) {
        return FIRST_ENTRY + cacheBlock * ENTRY_BYTES;
    }

    /** One cache. All but the constructor and {@link #load} runs on its worker. */
    final class State {
        private final DmDev metadata;
        private final DmDev cache;
        private final DmDev origin;
        private final ExecutorService worker;
        private final CacheSelection selection;
        private final long[] blocks;
        private final boolean[] marked;
        private final Set<Integer> written = new HashSet<>();
        private int biosSinceClearing;

        /** Whether a commit has failed: what the metadata says then may be the old or the new, and no write may rely on either. */
        private boolean unknown;

        State(DmDev metadata, DmDev cache, DmDev origin, ExecutorService worker) {
            this.metadata = metadata;
            this.cache = cache;
            this.origin = origin;
            this.worker = worker;
            int cacheBlocks = (int) (cache.sectors() / BLOCK_SECTORS);
            selection = new TorturePolicy()
                    .create(new CacheGeometry(origin.sectors() / BLOCK_SECTORS, cacheBlocks, BLOCK_SECTORS));
            blocks = new long[cacheBlocks];
            marked = new boolean[cacheBlocks];
        }

        private void load() throws BlockIoException {
            ByteBuffer sector = ByteBuffer.allocate(Bio.SECTOR_SIZE);
            metadata.read(0, sector);
            boolean blank = sector.getLong(0) != MAGIC;
            for (int i = 0; i < blocks.length; i++) {
                boolean dropped = blank
                        || (sector.getLong(entry(i) + Long.BYTES) != 0
                                && mistake != Mistake.TRUSTS_MARKED_BLOCKS_AFTER_A_CRASH);
                blocks[i] = dropped ? FREE : sector.getLong(entry(i));
                if (blocks[i] != FREE) {
                    selection.loaded(blocks[i], 0, false);
                }
            }
            commit();
        }

        private void commit() throws BlockIoException {
            unknown = true;
            ByteBuffer sector = ByteBuffer.allocate(Bio.SECTOR_SIZE);
            sector.putLong(0, MAGIC);
            sector.putInt(Long.BYTES, blocks.length);
            for (int i = 0; i < blocks.length; i++) {
                sector.putLong(entry(i), blocks[i]);
                sector.putLong(entry(i) + Long.BYTES, marked[i] ? 1 : 0);
            }
            metadata.write(0, sector);
            metadata.flush();
            unknown = false;
        }

        private int find(long block) {
            for (int i = 0; i < blocks.length; i++) {
                if (blocks[i] == block) {
                    return i;
                }
            }
            return FREE;
        }

        void carryOut(TargetBio bio) {
            BioStatus status;
            try {
                if (unknown && bio.op() != BioOp.READ) {
                    commit();
                }
                status = carry(bio);
                if (!unknown) {
                    migrate();
                    clearMarks();
                }
            } catch (BlockIoException e) {
                status = BioStatus.IO;
            }
            bio.complete(status);
        }

        private BioStatus carry(TargetBio bio) throws BlockIoException {
            return switch (bio.op()) {
                case FLUSH -> flush();
                case READ, WRITE -> {
                    int hit = find(bio.sector() / BLOCK_SECTORS);
                    if (hit == FREE) {
                        send(bio, origin, bio.sector());
                        yield BioStatus.OK;
                    }
                    yield bio.op() == BioOp.READ ? read(bio, hit) : write(bio, hit);
                }
                case DISCARD, WRITE_ZEROES -> zero(bio);
            };
        }

        /** The host splits these not, so there may be several blocks. */
        private BioStatus zero(TargetBio bio) throws BlockIoException {
            if (bio.op() != BioOp.DISCARD || mistake != Mistake.DISCARDS_WITHOUT_UNMAPPING) {
                long last = (bio.sector() + bio.sectors() - 1) / BLOCK_SECTORS;
                for (long block = bio.sector() / BLOCK_SECTORS; block <= last; block++) {
                    if (find(block) != FREE) {
                        drop(find(block));
                    }
                }
                commit();
            }
            send(bio, origin, bio.sector());
            return BioStatus.OK;
        }

        private BioStatus read(TargetBio bio, int hit) throws BlockIoException {
            try {
                send(bio, cache, cacheSector(hit, bio));
            } catch (BlockIoException e) {
                drop(hit);
                commit();
                send(bio, origin, bio.sector());
            }
            return BioStatus.OK;
        }

        private BioStatus write(TargetBio bio, int hit) throws BlockIoException {
            if (!marked[hit] && mistake != Mistake.WRITES_BEFORE_THE_MARK) {
                marked[hit] = true;
                commit();
            }
            try {
                send(bio, origin, bio.sector());
            } catch (BlockIoException e) {
                drop(hit);
                commit();
                return BioStatus.IO;
            }
            written.add(hit);
            if (mistake == Mistake.ACKNOWLEDGES_AFTER_THE_ORIGIN_ALONE) {
                long sector = cacheSector(hit, bio);
                ByteBuffer copy = ByteBuffer.allocate((int) bio.bytes());
                copy.put(bio.payload().duplicate()).flip();
                worker.execute(() -> writeLate(sector, copy, hit));
                return BioStatus.OK;
            }
            try {
                send(bio, cache, cacheSector(hit, bio));
            } catch (BlockIoException e) {
                if (mistake != Mistake.IGNORES_AN_ERROR_OF_THE_CACHE) {
                    drop(hit);
                    commit();
                }
            }
            if (mistake == Mistake.WRITES_BEFORE_THE_MARK) {
                marked[hit] = true;
                commit();
            }
            return BioStatus.OK;
        }

        private void writeLate(long sector, ByteBuffer content, int hit) {
            try {
                cache.write(sector, content);
            } catch (BlockIoException e) {
                drop(hit);
            }
        }

        private void commitUnless(Mistake made) throws BlockIoException {
            if (mistake != made) {
                commit();
            }
        }

        private BioStatus flush() throws BlockIoException {
            if (mistake != Mistake.FLUSHES_THE_CACHE_ALONE) {
                origin.flush();
            }
            if (mistake == Mistake.FLUSHES_THE_ORIGIN_ALONE) {
                return BioStatus.OK;
            }
            try {
                cache.flush();
            } catch (BlockIoException e) {
                if (mistake != Mistake.FORGETS_A_FAILED_FLUSH) {
                    written.forEach(this::drop);
                    commit();
                }
            }
            written.clear();
            return BioStatus.OK;
        }

        private void clearMarks() throws BlockIoException {
            if (++biosSinceClearing < BIOS_BETWEEN_CLEARINGS) {
                return;
            }
            biosSinceClearing = 0;
            if (mistake != Mistake.CLEARS_MARKS_WITHOUT_A_FLUSH) {
                flush();
            }
            Arrays.fill(marked, false);
            commit();
        }

        private void drop(int cacheBlock) {
            if (blocks[cacheBlock] != FREE) {
                selection.removed(blocks[cacheBlock]);
                blocks[cacheBlock] = FREE;
                marked[cacheBlock] = false;
            }
        }

        private void migrate() {
            Optional<Migration> next = selection.nextMigration(true);
            if (next.isPresent()) {
                MigrationOutcome outcome = MigrationOutcome.REFUSED;
                try {
                    outcome = migrate(next.get());
                } catch (BlockIoException e) {
                    outcome = next.get().evicts() ? MigrationOutcome.ONLY_EVICTED : MigrationOutcome.REFUSED;
                } finally {
                    selection.migrated(next.get(), outcome);
                }
            }
        }

        private MigrationOutcome migrate(Migration migration) throws BlockIoException {
            if (migration.evicts()) {
                int leaving = find(migration.evicted());
                blocks[leaving] = FREE;
                marked[leaving] = false;
                if (!migration.promotes()) {
                    commit();
                    return MigrationOutcome.DONE;
                }
                commitUnless(Mistake.OVERWRITES_BEFORE_THE_UNMAPPING_IS_COMMITTED);
            }
            int free = find(FREE);
            ByteBuffer content = ByteBuffer.allocate(BLOCK_SECTORS * Bio.SECTOR_SIZE);
            origin.read(migration.promoted() * BLOCK_SECTORS, content);
            cache.write((long) free * BLOCK_SECTORS, content);
            if (mistake != Mistake.DOES_NOT_FLUSH_THE_ORIGIN_BEFORE_PUBLISHING) {
                origin.flush();
            }
            if (mistake != Mistake.PUBLISHES_BEFORE_THE_COPY_IS_DURABLE) {
                cache.flush();
            }
            blocks[free] = migration.promoted();
            try {
                commit();
            } catch (BlockIoException e) {
                blocks[free] = FREE;
                throw e;
            }
            return MigrationOutcome.DONE;
        }

        private long cacheSector(int cacheBlock, Bio bio) {
            return (long) cacheBlock * BLOCK_SECTORS + bio.sector() % BLOCK_SECTORS;
        }

        private void send(Bio bio, DmDev dev, long sector) throws BlockIoException {
            boolean fua = bio.has(BioFlags.FUA) && (dev == origin || mistake != Mistake.FUA_REACHES_THE_ORIGIN_ALONE);
            switch (bio.op()) {
                case READ -> dev.read(sector, bio.payload());
                case WRITE -> dev.write(sector, bio.payload());
                case DISCARD -> dev.discard(sector, bio.sectors());
                case WRITE_ZEROES -> dev.writeZeroes(sector, bio.sectors());
                case FLUSH -> throw new IllegalStateException("a flush has no sector");
            }
            if (fua) {
                dev.flush();
            }
        }
    }
}
