package io.devicemapper.targets.cache.policy;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.cache.HintVisitor;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import java.util.Optional;

/**
 * The blocks of a cache by their last use. Blocks on their way in or out are in no list.
 *
 * <p>Memory: at most 29 bytes a cache block.
 */
final class LruSelection implements CacheSelection {
    private static final int MAX_LEVEL = 63;
    private static final int MAX_ARRIVING = 256;
    private static final int MAX_WAITING = 256;

    private final BlockTable table;
    /** By entry. */
    private final byte[] states;
    /** Longest unused first. */
    private final EntryList residentsByUse;

    private final BlockRing waiting = new BlockRing(MAX_WAITING);
    private LoadedBlocks loaded = new LoadedBlocks(MAX_LEVEL);
    private int residents;
    private int arriving;
    private int freeBlocks;

    private static final byte RESIDENT = 0;
    private static final byte LEAVING = 1;
    private static final byte ARRIVING = 2;

    LruSelection(CacheGeometry geometry) {
        int entries = Math.toIntExact((long) geometry.cacheBlocks() + MAX_ARRIVING);
        table = new BlockTable(entries);
        states = new byte[entries];
        residentsByUse = new EntryList(entries);
        freeBlocks = geometry.cacheBlocks();
    }

    @Override
    public void loaded(long originBlock, int hint, boolean hintValid) {
        loaded.add(originBlock, hintValid ? hint : 0);
    }

    private void takeLoaded() {
        if (loaded != null) {
            loaded.forEachColdestFirst(block -> {
                if (freeBlocks == 0 || table.find(block) != BlockTable.NONE) {
                    throw new IllegalArgumentException("block " + block + " is one too many, or is there twice");
                }
                freeBlocks--;
                becomeResident(table.add(block));
            });
            loaded = null;
        }
    }

    private void becomeResident(int entry) {
        states[entry] = RESIDENT;
        residents++;
        residentsByUse.addLast(entry);
    }

    @Override
    public void accessed(long originBlock, boolean write) {
        takeLoaded();
        int entry = table.find(originBlock);
        if (entry == BlockTable.NONE) {
            waiting.add(originBlock);
        } else if (states[entry] == RESIDENT) {
            residentsByUse.moveToLast(entry);
        }
    }

    @Override
    public Optional<Migration> nextMigration(boolean idle) {
        takeLoaded();
        while (arriving < MAX_ARRIVING) {
            long block = waiting.poll();
            if (block == Migration.NONE) {
                break;
            }
            boolean canBegin = table.find(block) == BlockTable.NONE && (freeBlocks > 0 || !residentsByUse.isEmpty());
            if (canBegin) {
                return Optional.of(begin(block));
            }
        }
        return Optional.empty();
    }

    private Migration begin(long block) {
        states[table.add(block)] = ARRIVING;
        arriving++;
        if (freeBlocks > 0) {
            freeBlocks--;
            return Migration.promote(block);
        }
        int leaving = residentsByUse.first();
        residentsByUse.remove(leaving);
        states[leaving] = LEAVING;
        return Migration.replace(table.block(leaving), block);
    }

    @Override
    public void migrated(Migration migration, MigrationOutcome outcome) {
        boolean stays = outcome == MigrationOutcome.REFUSED;
        if (migration.evicts()) {
            int entry = table.find(migration.evicted());
            residents--;
            if (stays) {
                becomeResident(entry);
            } else {
                table.remove(entry);
            }
        }
        int entry = table.find(migration.promoted());
        arriving--;
        if (outcome == MigrationOutcome.DONE) {
            becomeResident(entry);
        } else {
            table.remove(entry);
            boolean leavesBlockFree = !(stays && migration.evicts());
            freeBlocks += leavesBlockFree ? 1 : 0;
        }
    }

    @Override
    public void removed(long originBlock) {
        takeLoaded();
        int entry = table.find(originBlock);
        if (entry != BlockTable.NONE && states[entry] == RESIDENT) {
            residentsByUse.remove(entry);
            table.remove(entry);
            residents--;
            freeBlocks++;
        }
    }

    @Override
    public int residents() {
        takeLoaded();
        return residents;
    }

    @Override
    public void hints(HintVisitor visitor) {
        takeLoaded();
        long rank = 0;
        for (int entry = residentsByUse.first(); entry != BlockTable.NONE; entry = residentsByUse.next(entry)) {
            visitor.hint(table.block(entry), (int) (rank * (MAX_LEVEL + 1) / residentsByUse.size()));
            rank++;
        }
    }
}
