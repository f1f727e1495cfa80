package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.persistent.MetadataException.Reason;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.Fault;
import io.devicemapper.testkit.FaultDevice;
import io.devicemapper.testkit.ModelDevice;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Devices that fail, are full, or hold something else. */
class StoreFailureTest {
    private static final int BLOCKS = 128;
    private static final StoreOptions SMALL = StoreOptions.DEFAULT.withCacheBlocks(64);

    private final ModelDevice disk = ModelDevice.create("meta", BLOCKS * 8L);
    private final FaultDevice device = new FaultDevice(disk);
    private MetadataStore store;
    private LongBTree tree;

    @BeforeEach
    void hundredEntries() throws MetadataException {
        store = MetadataStore.format(device, TestFormat.INSTANCE, 1, SMALL);
        tree = store.createLongTree();
        put(0, 100);
        commit();
    }

    private void put(long from, long to) throws MetadataException {
        for (long key = from; key < to; key++) {
            tree.put(key, key + 1);
        }
    }

    private void commit() throws MetadataException {
        LittleEndian.putLong(store.superblock(), TestFormat.TREE, tree.root());
        store.commit();
    }

    private void reopen() throws MetadataException {
        store = MetadataStore.open(device, TestFormat.INSTANCE, SMALL);
        tree = store.openLongTree(TestFormat.root(store.superblock(), TestFormat.TREE));
    }

    private void expect(long entries) throws MetadataException {
        LongCursor cursor = tree.cursor();
        assertTrue(cursor.last());
        assertEquals(entries - 1, cursor.key());
        assertEquals(entries, cursor.value());
        assertEquals(1, tree.get(0, -1));
    }

    @Test
    void everyWriteAndFlushOfACommitMayFail() throws MetadataException {
        long entries = 100;
        for (BioOp op : new BioOp[] {BioOp.WRITE, BioOp.FLUSH}) {
            for (int nth = 1; ; nth++) {
                Fault fault = device.fail(BioMatch.of(op).nth(nth), BioStatus.IO);
                put(entries, entries + 50);
                boolean failed = false;
                try {
                    commit();
                } catch (MetadataException e) {
                    failed = true;
                    assertEquals(Reason.IO, e.reason());
                    assertTrue(e.getMessage().contains("meta"), e.getMessage());
                }
                fault.remove();
                if (!failed) {
                    entries += 50;
                    break;
                }
                assertTrue(store.isAbortRequired());
                assertEquals(
                        Reason.REFUSED,
                        assertThrows(MetadataException.class, () -> tree.put(1, 1))
                                .reason());
                store.abort();
                expect(entries);
                put(entries, entries + 1);
                commit();
                entries++;
                assertTrue(MetadataCheck.check(device, TestFormat.INSTANCE).isClean());
                reopen();
                expect(entries);
            }
        }
        assertTrue(store.needsCheck(), "a commit that failed at its very end leaves the flag");
    }

    @Test
    void writesBesideTheChangesMayFail() throws MetadataException {
        ModelDevice large = ModelDevice.create("meta", 4096 * 8L);
        FaultDevice faulty = new FaultDevice(large);
        WaitingDevice slow = new WaitingDevice(faulty);
        store = MetadataStore.format(slow, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT.withCacheBlocks(1024));
        tree = store.createLongTree();
        put(0, 100_000);
        commit();
        int failed = 0;
        for (int nth = 1; nth < 12; nth++) {
            int before = slow.earlyWrites();
            Fault fault = faulty.fail(BioMatch.of(BioOp.WRITE).nth(nth), BioStatus.IO);
            try {
                for (long key = 0; key < 100_000; key += 100) {
                    tree.put(key, 0);
                }
                commit();
            } catch (MetadataException e) {
                failed++;
                assertEquals(Reason.IO, e.reason());
            }
            fault.remove();
            store.abort();
            assertTrue(slow.earlyWrites() > before);
        }
        assertTrue(failed > 3, failed + " transactions failed");
        assertTrue(MetadataCheck.check(slow, TestFormat.INSTANCE).isClean());
    }

    @Test
    void aCommitThatCannotBeTakenBackLeavesTheStoreReadOnly() throws MetadataException {
        put(100, 150);
        device.failAfterwards(BioMatch.of(BioOp.WRITE).sectors(0, 8), BioStatus.IO);
        assertThrows(MetadataException.class, this::commit);
        assertThrows(MetadataException.class, store::abort);
        assertTrue(store.isReadOnly());
        expect(100);
        assertEquals(
                Reason.REFUSED,
                assertThrows(MetadataException.class, () -> tree.put(1, 1)).reason());
        assertThrows(MetadataException.class, store::abort);
        device.removeAll();
        reopen();
        assertTrue(MetadataCheck.check(device, TestFormat.INSTANCE).isClean());
    }

    @Test
    void readsThatFailNameTheBlock() throws MetadataException {
        put(100, 20_000);
        commit();
        reopen();
        Fault fault = device.fail(BioMatch.of(BioOp.READ), BioStatus.MEDIUM);
        MetadataException e = assertThrows(MetadataException.class, () -> tree.get(12_345, -1));
        assertEquals(Reason.IO, e.reason());
        assertTrue(
                e.getMessage().matches("meta: block \\d+ \\(B-tree node\\) could not be read: medium error"),
                e.getMessage());
        fault.remove();
        assertEquals(12_346, tree.get(12_345, -1));
    }

    @Test
    void aFullDeviceKeepsTheLastCommit() throws MetadataException {
        MetadataException e = assertThrows(MetadataException.class, () -> put(100, 1_000_000));
        assertEquals(Reason.NO_SPACE, e.reason());
        assertTrue(e.getMessage().contains("no metadata block is free"), e.getMessage());
        assertThrows(MetadataException.class, this::commit);
        store.abort();
        expect(100);
        put(100, 5000);
        commit();
        reopen();
        expect(5000);
    }

    /** One block less each time: at some size the allocations of the commit itself are what fails. */
    @Test
    void aCommitWithoutRoomChangesNothing() throws MetadataException {
        int failed = 0;
        for (int entries = 6_000; entries < 32_000; entries += 60) {
            hundredEntries();
            try {
                put(100, entries);
                commit();
            } catch (MetadataException e) {
                assertEquals(Reason.NO_SPACE, e.reason());
                failed++;
                store.abort();
                expect(100);
                commit();
            }
            assertTrue(MetadataCheck.check(device, TestFormat.INSTANCE).isClean());
        }
        assertTrue(failed > 0);
    }

    @Test
    void theSpareStandsInForADamagedSuperblock() throws MetadataException {
        store.writeFlags(1);
        damage(0);
        reopen();
        assertTrue(store.wasRestoredFromSpare());
        expect(100);
        assertEquals(1, LittleEndian.getInt(store.superblock(), SuperblockFormat.FLAGS_OFFSET));
        reopen();
        assertFalse(store.wasRestoredFromSpare(), "block 0 was written anew");
    }

    @Test
    void aSpareFromBeforeSomebodyElseWroteIsRefused() throws MetadataException {
        byte[] old = new byte[BlockType.BLOCK_BYTES];
        disk.model().read((BLOCKS - 1) * 8L, ByteBuffer.wrap(old));
        for (int i = 0; i < 100; i++) {
            put(i * 10L, i * 10L + 10);
            commit();
        }
        disk.model().write((BLOCKS - 1) * 8L, ByteBuffer.wrap(old));
        damage(0);
        MetadataException e = assertThrows(MetadataException.class, this::reopen);
        assertEquals(Reason.CORRUPT, e.reason());
        assertTrue(e.getMessage().contains("block 0 (test superblock): checksum should be"), e.getMessage());
        assertTrue(e.getSuppressed()[0].getMessage().contains("the spare superblock is of no use"));
    }

    private void damage(long block) {
        byte[] sector = disk.model().sector(block * 8);
        sector[100] ^= 4;
        disk.model().write(block * 8, ByteBuffer.wrap(sector));
    }

    @Test
    void otherContentIsTold() throws MetadataException {
        ModelDevice blank = ModelDevice.create("blank", 1024);
        assertTrue(MetadataStore.isBlank(blank));
        assertFalse(MetadataStore.isBlank(device));
        assertReason(Reason.WRONG_FORMAT, blank, "block 0 is all zeroes");
        ModelDevice other = ModelDevice.create("other", 1024);
        other.model().write(0, ByteBuffer.wrap("ext4 or whatever".repeat(256).getBytes(StandardCharsets.US_ASCII)));
        assertReason(Reason.WRONG_FORMAT, other, "no test metadata: the magic number");
        MetadataStore.format(other, CacheSuperblockFormat.INSTANCE, 2, SMALL).commit();
        assertReason(Reason.WRONG_FORMAT, other, "no test metadata: the magic number");
        MetadataStore.format(other, TestFormat.INSTANCE, 3, SMALL).commit();
        assertReason(
                Reason.UNSUPPORTED,
                other,
                "test metadata version 3 found, but only versions between 1 and 1 supported");
        assertThrows(
                MetadataException.class,
                () -> MetadataStore.format(ModelDevice.create("tiny", 16), TestFormat.INSTANCE, 1, SMALL));
    }

    private static void assertReason(Reason reason, ModelDevice device, String text) {
        MetadataException e =
                assertThrows(MetadataException.class, () -> MetadataStore.open(device, TestFormat.INSTANCE, SMALL));
        assertTrue(e.getMessage().contains(device.name()) && e.getMessage().contains(text), e.getMessage());
        assertEquals(reason, e.reason(), e.getMessage());
    }

    @Test
    void theCheckTellsWhatIsLost() throws MetadataException {
        put(100, 5000);
        commit();
        long leaf = leafBlock(3000);
        damage(leaf);
        CheckReport report = MetadataCheck.check(device, TestFormat.INSTANCE);
        assertEquals(1, report.problems().size(), report::toString);
        assertTrue(
                report.problems()
                        .get(0)
                        .matches("tree: meta: block " + leaf
                                + " \\(B-tree node\\): checksum should be .*; lost are keys \\d+ to \\d+"),
                report::toString);
        reopen();
        assertEquals(1, tree.get(0, -1));
        assertThrows(MetadataException.class, () -> tree.get(3000, -1));
    }

    private long leafBlock(long key) {
        for (long number = 1; number < BLOCKS; number++) {
            byte[] bytes = new byte[BlockType.BLOCK_BYTES];
            disk.model().read(number * 8, ByteBuffer.wrap(bytes));
            if (BlockType.NODE.checksumMatches(bytes)
                    && NodeLayout.isLeaf(bytes)
                    && LittleEndian.getInt(bytes, 24) == Long.BYTES) {
                int index = NodeLayout.floorIndex(bytes, key);
                if (index >= 0 && NodeLayout.key(bytes, index) == key && isInUse(number)) {
                    return number;
                }
            }
        }
        throw new AssertionError("no leaf of " + key);
    }

    /** Old copies of a leaf may lie about. */
    private boolean isInUse(long number) {
        SpaceMapRoot root = SpaceMapRoot.read(store.committedSuperblock(), 64);
        byte[] index = new byte[BlockType.BLOCK_BYTES];
        disk.model().read(root.bitmapRoot() * 8, ByteBuffer.wrap(index));
        byte[] bitmap = new byte[BlockType.BLOCK_BYTES];
        disk.model().read(LittleEndian.getLong(index, 16) * 8, ByteBuffer.wrap(bitmap));
        return CountMap.bits(bitmap, CountMap.indexOf(number)) > 0;
    }

    @Test
    void leaksAreToldApartFromDamage() throws MetadataException {
        LongBTree forgotten = store.createLongTree();
        forgotten.put(1, 1);
        commit();
        CheckReport report = MetadataCheck.check(device, TestFormat.INSTANCE);
        assertEquals(0, report.problems().size(), report::toString);
        assertEquals(1, report.leaks().size(), report::toString);
    }
}
