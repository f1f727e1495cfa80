package io.devicemapper.testkit;

/**
 * A plain block device of a {@link GoldenFile}.
 *
 * @param name the kernel's name, such as {@code loop0}
 * @param number its device number as a table line has it, such as {@code 7:0}
 * @param sectors its size in sectors of 512 bytes
 * @param logicalBlockSize its logical block size in bytes
 */
public record GoldenDevice(String name, String number, long sectors, int logicalBlockSize) {
    static GoldenDevice parse(String text) {
        String[] words = text.split(" ", -1);
        if (words.length != 4) {
            throw new IllegalArgumentException(
                    "device '" + text + "': expected NAME MAJOR:MINOR SECTORS LOGICAL_BLOCK_SIZE");
        }
        return new GoldenDevice(words[0], words[1], Long.parseLong(words[2]), Integer.parseInt(words[3]));
    }
}
