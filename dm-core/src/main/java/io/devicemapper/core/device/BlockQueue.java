package io.devicemapper.core.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Linux tells about the request queue of a host block device.
 *
 * @see <a href="https://docs.kernel.org/block/queue-sysfs.html">Linux: queue sysfs files</a>
 */
final class BlockQueue {
    private final Path folder;

    private BlockQueue(Path folder) {
        this.folder = folder;
    }

    /** The queue of a block device; of the whole disk for a partition. On other systems nothing is known about it. */
    static BlockQueue of(HostFile device) throws IOException {
        long rdev = (Long) Files.getAttribute(device.path(), "unix:rdev");
        long major = ((rdev >> 8) & 0xfff) | ((rdev >> 32) & ~0xfffL);
        long minor = (rdev & 0xff) | ((rdev >> 12) & ~0xffL);
        Path node = Path.of("/sys/dev/block", major + ":" + minor);
        Path queue = node.resolve("queue");
        // Through the symbolic link, so that .. is the disk of the partition.
        return new BlockQueue(
                Files.exists(queue) || !Files.exists(node)
                        ? queue
                        : node.toRealPath().resolve("../queue"));
    }

    /** The number in one of the queue's files, such as {@code logical_block_size}. */
    long number(String file, long ifUnknown) {
        try {
            return Long.parseLong(Files.readString(folder.resolve(file)).strip());
        } catch (IOException | NumberFormatException e) {
            return ifUnknown;
        }
    }
}
