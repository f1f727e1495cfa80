package io.devicemapper.targets.cache;

import io.devicemapper.target.DeviceMode;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.TableText;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The arguments of a table line, checked in the kernel's order and refused in its words:
 *
 * <pre>
 * &lt;metadata dev&gt; &lt;cache dev&gt; &lt;origin dev&gt; &lt;block size&gt; &lt;#features&gt; &lt;feature&gt;* &lt;policy&gt; &lt;#policy args&gt; (&lt;key&gt; &lt;value&gt;)*
 * </pre>
 *
 * @param metadata where the mappings are kept
 * @param device the fast device
 * @param origin the slow device
 * @param blockSectors sectors in a block
 * @param features what was asked for
 * @param policy the policy, with its settings
 * @param words all words from the block size on, as written
 */
record CacheArguments(
        DmDev metadata,
        DmDev device,
        DmDev origin,
        long blockSectors,
        CacheFeatures features,
        PolicyChoice policy,
        List<String> words) {
    private static final int FEWEST = 6;
    private static final int DEVICES = 3;
    private static final long BLOCK_STEP = 64;
    private static final long BLOCK_MAX = 1L << 21;
    private static final String BAD_BLOCK = "Invalid data block size";

    static CacheArguments read(DmTarget<?> ti, TargetArgs args) throws TargetException {
        if (args.size() < FEWEST) {
            throw new TargetException("Insufficient args (expected <metadata dev> <cache dev> <origin dev> <block size>"
                    + " <#features> [<feature>]... <policy> <#policy args> [<key> <value>]..., found " + args.size()
                    + " words)");
        }
        DeviceMode mode = ti.table().mode();
        DmDev metadata = args.device("metadata dev", mode, "Error opening metadata device");
        DmDev device = args.device("cache dev", mode, "Error opening cache device");
        DmDev origin = args.device("origin dev", mode, "Error opening origin device");
        requireDistinct("cache dev", device, "metadata dev", metadata);
        requireDistinct("origin dev", origin, "metadata dev", metadata);
        requireDistinct("origin dev", origin, "cache dev", device);
        if (ti.len() > origin.sectors()) {
            throw new TargetException("Device size larger than cached device (expected at most the " + origin.sectors()
                    + " sectors of " + origin.name() + ", found " + ti.len() + ")");
        }
        List<String> words = List.copyOf(args.rest());
        // The whole line once more, so that refusals number the arguments as the user does.
        TargetArgs rest = TargetArgs.of(table(metadata, device, origin, words));
        rest.take(DEVICES);
        long blockSectors = rest.number("block size", BLOCK_STEP, BLOCK_MAX, BAD_BLOCK);
        if (blockSectors % BLOCK_STEP != 0) {
            throw rest.error(BAD_BLOCK, "block size", "a multiple of " + BLOCK_STEP);
        }
        requireBlockFits(device, blockSectors);
        CacheFeatures features = CacheFeatures.read(rest);
        if (rest.remaining() < 2) {
            throw new TargetException("Insufficient args (expected <policy> <#policy args>)");
        }
        PolicyChoice policy = PolicyChoice.read(ti, rest);
        return new CacheArguments(metadata, device, origin, blockSectors, features, policy, words);
    }

    private static void requireBlockFits(DmDev device, long blockSectors) throws TargetException {
        if (blockSectors > device.sectors()) {
            throw new TargetException("Data block size is larger than the cache device (expected at most the "
                    + device.sectors() + " sectors of " + device.name() + ", found " + blockSectors + ")");
        }
    }

    private static void requireDistinct(String name, DmDev dev, String otherName, DmDev other) throws TargetException {
        if (dev.identity().equals(other.identity())) {
            throw new TargetException("Invalid argument: the devices of a cache must differ (expected as " + name
                    + " another device than " + other.name() + ", which is the " + otherName + ")");
        }
    }

    /** Refuses words behind the last argument. */
    void requireNoMore() throws TargetException {
        int known = 1 + 1 + features.words() + 1 + 1 + policy.words();
        if (words.size() > known) {
            throw new TargetException("Invalid argument count (expected nothing behind the policy's arguments, found '"
                    + words.get(known) + "')");
        }
    }

    /**
     * How the sectors of the devices make blocks, as large as they are now. What lies behind the target is none of its business.
     *
     * @param len the target's length in sectors
     */
    Blocks blocks(long len) throws TargetException {
        requireBlockFits(device, blockSectors);
        long cacheBlocks = device.sectors() / blockSectors;
        if (cacheBlocks > Integer.MAX_VALUE - 8) {
            throw new TargetException("too many cache blocks (expected fewer than 2^31, found " + cacheBlocks + " of "
                    + blockSectors + " sectors on " + device.name() + ")");
        }
        return new Blocks(blockSectors, len / blockSectors, (int) cacheBlocks);
    }

    /** The table line, as it was written. */
    String table() {
        return table(metadata, device, origin, words);
    }

    private static String table(DmDev metadata, DmDev device, DmDev origin, List<String> words) {
        return metadata.tableName() + " " + device.tableName() + " " + origin.tableName() + " "
                + words.stream().map(TableText::escape).collect(Collectors.joining(" "));
    }
}
