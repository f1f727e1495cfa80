package io.devicemapper.persistent;

import static io.devicemapper.persistent.SuperblockFormat.CHANGEABLE_BYTES;
import static io.devicemapper.persistent.SuperblockFormat.FLAGS_OFFSET;

import io.devicemapper.block.BlockDevice;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A metadata device: trees, arrays and bitsets in blocks of 4096 bytes, changed in transactions.
 *
 * <p>What a transaction changes is invisible to readers, and gone after a crash, until {@link #commit} returns; then it is durable, all of it.
 * A crash during a commit leaves the state before it or the state after it. Nothing that the last commit refers to is overwritten before the
 * next commit is durable.
 *
 * <p>One thread at a time uses the store and what it made, but for readers and committed cursors of trees. Every method that takes part in a
 * transaction may do I/O and wait: none belongs on the way of a bio.
 *
 * <p>When a change fails with an exception, the transaction can only be {@linkplain #abort aborted}. What was committed last can always
 * be read on.
 */
public final class MetadataStore implements AutoCloseable {
    private final SuperblockFormat format;
    private final Superblocks superblocks;
    private final TransactionManager transactions;
    private final boolean fromSpare;

    /** Block 0 as it was committed last; all zeroes before the first commit. */
    private byte[] committed;

    /** Block 0 as the next commit will write it. */
    private final byte[] working;

    /** Whether a commit failed when block 0 may have been written: on the device is the old state or the new one. */
    private boolean inDoubt;

    /** Whether block 0 on the device is this store's. */
    private boolean everCommitted;

    private MetadataStore(
            BlockIo io,
            SuperblockFormat format,
            byte[] superblock,
            long blocks,
            StoreOptions options,
            boolean fromSpare) {
        this.format = format;
        this.superblocks = new Superblocks(io, format);
        this.committed = superblock;
        this.working = superblock.clone();
        this.transactions = new TransactionManager(io, blocks, options.cacheBlocks());
        this.fromSpare = fromSpare;
    }

    /** Whether block 0 of a device is all zeroes, which is how a new metadata device is told from one that is in use. */
    public static boolean isBlank(BlockDevice device) throws MetadataException {
        BlockIo io = new BlockIo(device);
        return Superblocks.isBlank(io.readRaw(0, "superblock"));
    }

    /**
     * Block 0 of a device, if its checksum, magic number and version are right. Writes nothing, and does not look for the spare copy.
     *
     * @throws MetadataException if the device holds no such metadata, or block 0 is damaged
     */
    public static byte[] readSuperblock(BlockDevice device, SuperblockFormat format) throws MetadataException {
        return new Superblocks(new BlockIo(device), format).readFirst();
    }

    /**
     * The spare copy of block 0, as {@link #open} would use it, without a look at what it refers to.
     *
     * @return empty if there is none that is whole
     */
    public static Optional<byte[]> readSpareSuperblock(BlockDevice device, SuperblockFormat format)
            throws MetadataException {
        return Optional.ofNullable(new Superblocks(new BlockIo(device), format).readSpare());
    }

    /**
     * Makes an empty store. Nothing of what was on the device is looked at; what was there remains until the first commit begins.
     *
     * @param device all of it is used, up to 255 * 16320 blocks of 4096 bytes
     * @param format what block 0 says
     * @param version of the format
     * @param options see there
     */
    public static MetadataStore format(BlockDevice device, SuperblockFormat format, int version, StoreOptions options)
            throws MetadataException {
        BlockIo io = new BlockIo(device);
        long blocks = Superblocks.sparePlaceAtFormat(io.deviceBlocks());
        if (blocks < 8) {
            throw new MetadataException(
                    MetadataException.Reason.NO_SPACE,
                    device.name() + ": " + device.sectors() + " sectors are too few for " + format.name()
                            + " metadata");
        }
        byte[] superblock = new byte[BlockType.BLOCK_BYTES];
        LittleEndian.putLong(superblock, SuperblockFormat.MAGIC_OFFSET, format.magic());
        LittleEndian.putInt(superblock, SuperblockFormat.VERSION_OFFSET, version);
        MetadataStore store = new MetadataStore(io, format, superblock, blocks, options, false);
        store.transactions.spaceMap.create(blocks);
        return store;
    }

    /**
     * Opens a store. Writes nothing, unless block 0's checksum is wrong: then, if the spare copy is whole and so is all that it refers to,
     * block 0 is written anew.
     *
     * @throws MetadataException if the device holds no such metadata, or what is needed of it is damaged
     */
    public static MetadataStore open(BlockDevice device, SuperblockFormat format, StoreOptions options)
            throws MetadataException {
        BlockIo io = new BlockIo(device);
        Superblocks superblocks = new Superblocks(io, format);
        boolean readOnly = options.readOnly() || device.isReadOnly();
        byte[] superblock;
        boolean fromSpare = false;
        try {
            superblock = superblocks.readFirst();
        } catch (MetadataException e) {
            superblock = superblocks.isDamaged() ? superblocks.readSpare() : null;
            if (superblock == null) {
                throw e;
            }
            fromSpare = true;
            // A spare from before somebody else used the device would refer to blocks that were used again since.
            CheckReport report = MetadataCheck.check(io, format, superblock);
            if (!report.isClean()) {
                e.addSuppressed(new MetadataException(
                        MetadataException.Reason.CORRUPT,
                        device.name() + ": the spare superblock is of no use: "
                                + report.problems().get(0)));
                throw e;
            }
        }
        SpaceMapRoot root = superblocks.spaceMapRoot(superblock);
        MetadataStore store = new MetadataStore(
                io, format, superblock, Math.min(Math.max(root.blocks(), 1), io.deviceBlocks()), options, fromSpare);
        store.transactions.open(root);
        store.everCommitted = true;
        if (readOnly) {
            store.transactions.setState(TransactionManager.State.READ_ONLY);
        } else if (fromSpare) {
            superblocks.writeFirst(superblock);
        }
        return store;
    }

    /** Whether block 0 was damaged, and the spare copy was used instead. */
    public boolean wasRestoredFromSpare() {
        return fromSpare;
    }

    /** What block 0 says in general. */
    public SuperblockFormat format() {
        return format;
    }

    /** The version in block 0. */
    public int version() {
        return LittleEndian.getInt(working, SuperblockFormat.VERSION_OFFSET);
    }

    /**
     * Block 0 as the next commit will write it: the target stores roots and fields here. Checksum, number, magic, version and space map root
     * are the store's; nothing from {@link SuperblockFormat#CHANGEABLE_BYTES} on may change after the first commit.
     */
    public byte[] superblock() {
        return working;
    }

    /** A copy of block 0 as it was committed last. */
    public byte[] committedSuperblock() {
        return committed.clone();
    }

    /** A new tree of u64 values. */
    public LongBTree createLongTree() throws MetadataException {
        return new LongBTree(Tree.create(transactions, LongBTree.LAYOUT, null).registered(false, 0));
    }

    /** The tree of u64 values with that root, as it was committed. */
    public LongBTree openLongTree(long root) throws MetadataException {
        return new LongBTree(opened(Tree.open(transactions, LongBTree.LAYOUT, null, root)));
    }

    /** Builds a new tree of u64 values from ascending keys. */
    public LongBTree.Builder buildLongTree() {
        return new LongBTree.Builder(transactions);
    }

    /** A new tree. */
    public <V> BTree<V> createTree(ValueCodec<V> codec) throws MetadataException {
        NodeLayout layout = NodeLayout.of(codec.bytes());
        return new BTree<>(Tree.create(transactions, layout, null).registered(false, 0), codec);
    }

    /** The tree with that root, as it was committed. */
    public <V> BTree<V> openTree(ValueCodec<V> codec, long root) throws MetadataException {
        return new BTree<>(opened(Tree.open(transactions, NodeLayout.of(codec.bytes()), null, root)), codec);
    }

    /** Builds a new tree from ascending keys. */
    public <V> BTree.Builder<V> buildTree(ValueCodec<V> codec) {
        return new BTree.Builder<>(transactions, codec);
    }

    /** A new tree of trees: see {@link NestedBTree}. */
    public <V> NestedBTree<V> createNestedTree(ValueCodec<V> codec) throws MetadataException {
        return NestedBTree.create(transactions, codec);
    }

    /** The tree of trees with that root, as it was committed. */
    public <V> NestedBTree<V> openNestedTree(ValueCodec<V> codec, long root) throws MetadataException {
        return NestedBTree.open(transactions, codec, root);
    }

    /** A new array without elements. */
    public PersistentArray createArray(int elementBytes) throws MetadataException {
        ArrayLayout layout = ArrayLayout.of(elementBytes);
        Tree tree = Tree.create(transactions, LongBTree.LAYOUT, PersistentArray.references(transactions));
        return new PersistentArray(transactions, layout, tree.registered(false, 0));
    }

    /** The array with that root, as it was committed. */
    public PersistentArray openArray(int elementBytes, long root) throws MetadataException {
        ArrayLayout layout = ArrayLayout.of(elementBytes);
        Tree tree = Tree.open(transactions, LongBTree.LAYOUT, PersistentArray.references(transactions), root);
        return new PersistentArray(transactions, layout, opened(tree));
    }

    /** A new bitset without bits. */
    public PersistentBitset createBitset() throws MetadataException {
        return new PersistentBitset(createArray(Long.BYTES), 0);
    }

    /** The bitset with that root, as it was committed, taken to have that many bits. */
    public PersistentBitset openBitset(long root, long bits) throws MetadataException {
        return new PersistentBitset(openArray(Long.BYTES, root), bits);
    }

    /** A new space map of a data device of that many blocks, all free. O(n): writes a bitmap for each 16320 blocks. */
    public DataSpaceMap createDataSpaceMap(long blocks) throws MetadataException {
        return DataSpaceMap.create(transactions, blocks);
    }

    /** The space map whose root stands at {@code offset} in {@link #superblock}, as it was committed. */
    public DataSpaceMap openDataSpaceMap(int offset) throws MetadataException {
        return DataSpaceMap.open(transactions, SpaceMapRoot.read(committed, offset));
    }

    private Tree opened(Tree tree) {
        return tree.registered(true, transactions.cache.generation());
    }

    /**
     * Makes all changes since the last commit durable, together with what {@link #superblock} holds. First everything else is written and
     * flushed, then block 0 is written in place and flushed.
     *
     * @throws MetadataException if that failed, for want of a block or because of the device: the transaction has to be aborted
     * @throws IllegalStateException if bytes of block 0 were changed that may not change
     */
    public void commit() throws MetadataException {
        transactions.beginChange();
        checkUnchangeable();
        try {
            transactions.prepareCommit().write(working, format.spaceMapRootOffset());
            superblocks.seal(working, null);
            superblocks.writeSpare(working);
            transactions.io.flush();
            inDoubt = true;
            superblocks.writeFirst(working);
        } catch (MetadataException | RuntimeException e) {
            transactions.changeFailed();
            throw e;
        }
        inDoubt = false;
        committed = working.clone();
        everCommitted = true;
        transactions.committed();
    }

    private void checkUnchangeable() {
        boolean kept =
                Arrays.equals(working, CHANGEABLE_BYTES, working.length, committed, CHANGEABLE_BYTES, committed.length)
                        || !everCommitted;
        if (!kept
                || LittleEndian.getLong(working, SuperblockFormat.MAGIC_OFFSET) != format.magic()
                || LittleEndian.getInt(working, SuperblockFormat.VERSION_OFFSET)
                        != LittleEndian.getInt(committed, SuperblockFormat.VERSION_OFFSET)) {
            throw new IllegalStateException(
                    "magic, version or bytes from " + CHANGEABLE_BYTES + " on were changed in the superblock");
        }
    }

    /**
     * Takes back all changes since the last commit, of trees and of {@link #superblock}. Structures made since then are of no use any more;
     * the others are as they were committed. If the last commit failed so late that block 0 may have been written, it is written
     * again as it was before, with the flag "needs check".
     *
     * @throws MetadataException if that cannot be done: the store is read-only from then on
     */
    public void abort() throws MetadataException {
        if (transactions.state() == TransactionManager.State.READ_ONLY) {
            throw refused();
        }
        transactions.abort();
        System.arraycopy(committed, 0, working, 0, working.length);
        if (inDoubt) {
            transactions.setState(TransactionManager.State.READ_ONLY);
            int flags = LittleEndian.getInt(committed, FLAGS_OFFSET) | format.needsCheckFlag();
            rewrite(superblock -> LittleEndian.putInt(superblock, FLAGS_OFFSET, flags));
            inDoubt = false;
        }
        transactions.setState(TransactionManager.State.WRITABLE);
    }

    private MetadataException refused() {
        return new MetadataException(
                MetadataException.Reason.REFUSED, transactions.io.name() + ": the metadata is read-only");
    }

    /**
     * Changes the flags of the committed superblock at once and durably, without a commit: what the transaction changed so far goes on
     * being uncommitted. The flags in {@link #superblock} become the same.
     *
     * @throws MetadataException if they could not be written: the store is read-only from then on
     */
    public void writeFlags(int flags) throws MetadataException {
        writeFields(superblock -> LittleEndian.putInt(superblock, FLAGS_OFFSET, flags));
    }

    /**
     * Changes fields of the committed superblock at once and durably, without a commit: what the transaction changed so far goes on being
     * uncommitted. Not for roots: those lead to what was committed.
     *
     * @param change is applied to what was committed, and to {@link #superblock}
     * @throws MetadataException if the superblock could not be written: the store is read-only from then on
     */
    public void writeFields(Consumer<byte[]> change) throws MetadataException {
        if (transactions.state() == TransactionManager.State.READ_ONLY || !everCommitted || inDoubt) {
            throw refused();
        }
        TransactionManager.State state = transactions.state();
        transactions.setState(TransactionManager.State.READ_ONLY);
        rewrite(change);
        transactions.setState(state);
    }

    /** Sets the flag "needs check", at once and durably: see {@link #writeFlags}. */
    public void markNeedsCheck() throws MetadataException {
        writeFlags(LittleEndian.getInt(committed, FLAGS_OFFSET) | format.needsCheckFlag());
    }

    /** Whether the flag "needs check" is set. */
    public boolean needsCheck() {
        return (LittleEndian.getInt(committed, FLAGS_OFFSET) & format.needsCheckFlag()) != 0;
    }

    private void rewrite(Consumer<byte[]> change) throws MetadataException {
        byte[] changed = committed.clone();
        change.accept(changed);
        superblocks.seal(changed, committed);
        superblocks.writeSpare(changed);
        transactions.io.flush();
        superblocks.writeFirst(changed);
        committed = changed;
        change.accept(working);
    }

    /**
     * Takes in what the device has grown by since the store was made or grew last. Part of the open transaction.
     *
     * @return whether there is more room than before
     * @throws MetadataException if no block is free for what keeps account of the new ones, or an abort is due
     */
    public boolean grow() throws MetadataException {
        transactions.beginChange();
        long blocks = Superblocks.sparePlaceAtFormat(transactions.io.deviceBlocks());
        if (blocks <= transactions.spaceMap.blocks()) {
            return false;
        }
        try {
            transactions.grow(blocks);
        } catch (MetadataException | RuntimeException e) {
            transactions.changeFailed();
            throw e;
        }
        return true;
    }

    /** How many blocks the space map counts. */
    public long blocks() {
        return transactions.spaceMap.blocks();
    }

    /** How many blocks are in use, uncommitted changes included. */
    public long usedBlocks() {
        return transactions.spaceMap.allocated();
    }

    /** Whether all changes are refused: the store was opened so, or could not go back to its last commit. */
    public boolean isReadOnly() {
        return transactions.state() == TransactionManager.State.READ_ONLY;
    }

    /** Whether a change failed, so that nothing but an abort can follow. */
    public boolean isAbortRequired() {
        return transactions.state() == TransactionManager.State.ABORT_REQUIRED;
    }

    /** Ends the use of the store; what was not committed is lost. The device stays open, and nothing is under way there. Idempotent. */
    @Override
    public void close() {
        transactions.close();
    }

    @Override
    public String toString() {
        return format.name() + " metadata on " + transactions.io.name();
    }
}
