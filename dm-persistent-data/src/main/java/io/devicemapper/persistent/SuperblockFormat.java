package io.devicemapper.persistent;

/**
 * What a target's metadata says in block 0. The fields that all of the kernel's targets have in common are the store's business; the
 * others are the target's, which reads and writes them through {@link MetadataStore#superblock}.
 *
 * <pre>
 *    0  u32  checksum               the store's
 *    4  u32  flags                  the target's; one of them means "needs check"
 *    8  u64  own block number, 0    the store's
 *   16       uuid, 16 bytes         the target's
 *   32  u64  magic                  the store's
 *   40  u32  version                the store's
 *   44       whatever the target has; somewhere in it 128 bytes for the metadata space map, which are the store's
 *  512       never changes, so that no write can tear what matters
 * </pre>
 *
 * <p>Implementations are stateless.
 */
public interface SuperblockFormat {
    /** Bytes of block 0 that may change after it was first written. */
    int CHANGEABLE_BYTES = 512;

    /** Where the flags are. */
    int FLAGS_OFFSET = 4;

    /** Where the magic number is. */
    int MAGIC_OFFSET = 32;

    /** Where the version is. */
    int VERSION_OFFSET = 40;

    /** What messages call it, for example {@code cache}. */
    String name();

    /** What the checksum of block 0 is combined with. */
    int checksumSalt();

    /** The number that says that a device holds this kind of metadata. */
    long magic();

    /** The oldest version that can be read. */
    int minVersion();

    /** The newest version that can be read. */
    int maxVersion();

    /** The flag that says that the metadata has to be checked before it is changed again. */
    int needsCheckFlag();

    /** Where in block 0 the metadata space map's root is: 128 bytes that end before {@link #CHANGEABLE_BYTES}. */
    int spaceMapRootOffset();

    /**
     * Tells a visitor of every structure whose root stands in a superblock, the metadata space map apart.
     *
     * @param superblock block 0
     * @param visitor is told of each
     * @throws MetadataException if the superblock's fields cannot be right, or the visitor ends the walk
     */
    void structures(byte[] superblock, StructureVisitor visitor) throws MetadataException;

    /**
     * Completes block 0 just before each of its writes, for a format that has a digest of its own in it. By default nothing. May change
     * bytes of the target alone.
     *
     * @param superblock what will be written; number and checksum are not yet in it
     * @param replaced for a change in place, what was committed, whose roots stay; null where a commit writes
     */
    default void seal(byte[] superblock, byte[] replaced) {}
}
