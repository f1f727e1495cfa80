package io.devicemapper.targets.cache.metadata;

import static io.devicemapper.persistent.CacheSuperblockFormat.INCOMPAT_FLAGS;
import static io.devicemapper.persistent.CacheSuperblockFormat.NEEDS_CHECK;
import static io.devicemapper.persistent.SuperblockFormat.FLAGS_OFFSET;

import io.devicemapper.persistent.CacheSuperblockFormat;
import io.devicemapper.persistent.LittleEndian;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.UUID;

/**
 * What this program adds to dm-cache's superblock, in bytes that the kernel neither reads nor changes.
 *
 * <pre>
 *  292  u64  magic, "dmcstamp"
 *  300  u32  version of the stamp, 1
 *  304  u32  state: 1 the cache device was left behind (detached), 2 the metadata had to be checked even before that
 *  308  u64  generation
 *  316  u64  cache block that holds the twin of the generation, -1 if none does
 *  324       identity of the cache, 16 bytes
 *  340       digest, 16 bytes: the first half of SHA-256 over bytes 4 to 339
 * </pre>
 *
 * <p>The digest covers every field of the superblock and of the stamp. It matches only what this program wrote. A kernel that opens the
 * metadata clears the flag CLEAN_SHUTDOWN at once, and sets it again only in a commit that stores its discard bitset with sizes other than 0;
 * this program always sets the flag, and always stores the sizes 0. The tools write superblocks without a stamp. So whatever
 * others leave behind has a digest that does not match, even where every root has come back to its old place.
 *
 * <p>All of it lies in the superblock's first 512 bytes, which cannot tear.
 */
final class CacheStamp {
    static final int MAGIC = 292;
    static final int VERSION = 300;
    static final int STATE = 304;
    static final int GENERATION = 308;
    static final int TWIN_BLOCK = 316;
    static final int IDENTITY = 324;
    static final int DIGEST = 340;
    static final int END = 356;

    /** State: the cache device was left behind. */
    static final int DETACHED = 1;

    /** State: "needs check" was set before that. */
    static final int NEEDED_CHECK_BEFORE = 2;

    static final long NO_TWIN = -1;

    /**
     * The incompatible feature that a detached cache has: a kernel, which knows no stamp, must not come up with stale blocks, even if somebody
     * clears "needs check" without a thought.
     */
    static final int INCOMPAT_DETACHED = 0x8000_0000;

    private static final long MAGIC_VALUE = 0x706d_6174_7363_6d64L;
    private static final int VERSION_VALUE = 1;
    private static final int DIGEST_BYTES = END - DIGEST;
    private static final int DIGEST_FROM = 4;

    private CacheStamp() {}

    static void create(byte[] superblock, UUID identity) {
        clear(superblock);
        LittleEndian.putLong(superblock, MAGIC, MAGIC_VALUE);
        LittleEndian.putInt(superblock, VERSION, VERSION_VALUE);
        LittleEndian.putLong(superblock, TWIN_BLOCK, NO_TWIN);
        LittleEndian.putLong(superblock, IDENTITY, identity.getMostSignificantBits());
        LittleEndian.putLong(superblock, IDENTITY + Long.BYTES, identity.getLeastSignificantBits());
    }

    static void clear(byte[] superblock) {
        Arrays.fill(superblock, CacheSuperblockFormat.END, END, (byte) 0);
    }

    static UUID identity(byte[] superblock) {
        return new UUID(
                LittleEndian.getLong(superblock, IDENTITY), LittleEndian.getLong(superblock, IDENTITY + Long.BYTES));
    }

    /** Whether this program wrote the superblock, and nobody has changed it since. */
    static boolean matches(byte[] superblock) {
        return isThere(superblock) && Arrays.equals(superblock, DIGEST, END, digest(superblock), 0, DIGEST_BYTES);
    }

    static boolean isThere(byte[] superblock) {
        return LittleEndian.getLong(superblock, MAGIC) == MAGIC_VALUE
                && LittleEndian.getInt(superblock, VERSION) == VERSION_VALUE;
    }

    /** Says that writes go past the cache device: in the stamp, and for those who do not know it, by two flags. */
    static void setDetached(byte[] superblock) {
        int state = LittleEndian.getInt(superblock, STATE);
        if ((state & DETACHED) != 0) {
            return;
        }
        int flags = LittleEndian.getInt(superblock, FLAGS_OFFSET);
        int before = (flags & NEEDS_CHECK) != 0 ? NEEDED_CHECK_BEFORE : 0;
        LittleEndian.putInt(superblock, STATE, DETACHED | before);
        LittleEndian.putInt(superblock, FLAGS_OFFSET, flags | NEEDS_CHECK);
        int features = LittleEndian.getInt(superblock, INCOMPAT_FLAGS);
        LittleEndian.putInt(superblock, INCOMPAT_FLAGS, features | INCOMPAT_DETACHED);
    }

    /** Takes that back. */
    static void setAttached(byte[] superblock) {
        int flags = LittleEndian.getInt(superblock, FLAGS_OFFSET);
        if ((LittleEndian.getInt(superblock, STATE) & NEEDED_CHECK_BEFORE) == 0) {
            LittleEndian.putInt(superblock, FLAGS_OFFSET, flags & ~NEEDS_CHECK);
        }
        LittleEndian.putInt(superblock, STATE, 0);
        int features = LittleEndian.getInt(superblock, INCOMPAT_FLAGS);
        LittleEndian.putInt(superblock, INCOMPAT_FLAGS, features & ~INCOMPAT_DETACHED);
    }

    /** Makes the digest fit. */
    static void seal(byte[] superblock) {
        System.arraycopy(digest(superblock), 0, superblock, DIGEST, DIGEST_BYTES);
    }

    private static byte[] digest(byte[] superblock) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(superblock, DIGEST_FROM, DIGEST - DIGEST_FROM);
            return sha.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
