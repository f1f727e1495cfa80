package io.devicemapper.benchmarks.opening;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.spi.ToolProvider;

/**
 * The three files of a cache whose blocks are all in use, but for the last.
 *
 * @param folder where they are
 * @param blocks how many blocks the cache device has
 */
record CacheFiles(Path folder, int blocks) {
    static final int BLOCK_SECTORS = 64;

    /** The origin has so many times the blocks of the cache. */
    private static final int ORIGIN_TIMES = 2;

    private static final long SECTOR_BYTES = 512;

    /** Mappings, hints and their copies while a commit is under way: more than twice what they take. */
    private static final long METADATA_BYTES_PER_BLOCK = 40;

    private static final long MIN_METADATA_BYTES = 4L << 20;

    /** The table line, which makes the files where they are missing. */
    String table() {
        return "0 " + originBlocks() * BLOCK_SECTORS + " cache " + metadata() + " "
                + file("fast", (long) blocks * BLOCK_SECTORS * SECTOR_BYTES) + " "
                + file("slow", originBlocks() * BLOCK_SECTORS * SECTOR_BYTES) + " " + BLOCK_SECTORS
                + " 1 writethrough smq 0";
    }

    private String metadata() {
        return file("metadata", MIN_METADATA_BYTES + blocks * METADATA_BYTES_PER_BLOCK);
    }

    private String file(String name, long bytes) {
        return "file:" + folder.resolve(name + ".img") + "?size=" + bytes;
    }

    private long originBlocks() {
        return (long) blocks * ORIGIN_TIMES;
    }

    /** The origin block that a cache block holds. They are scattered, as those of a cache that has been in use for long. */
    long originBlock(int cacheBlock) {
        // An odd factor has an inverse modulo a power of two, so no two of these are the same; and there are more than
        // cache blocks.
        return cacheBlock * 0x9E3779B1L & Long.highestOneBit(originBlocks()) - 1;
    }

    /** Makes metadata in which all blocks are in use, as {@code dm meta restore} does. */
    void fill() throws IOException {
        Path dump = folder.resolve("dump.xml");
        try (PrintWriter xml = new PrintWriter(Files.newBufferedWriter(dump))) {
            writeDump(xml);
        }
        ToolProvider tool = ToolProvider.findFirst("dm-meta").orElseThrow();
        int exit = tool.run(System.out, System.err, "restore", "-q", "-i", dump.toString(), metadata());
        if (exit != 0) {
            throw new IOException("dm meta restore ended with " + exit);
        }
        Files.delete(dump);
    }

    private void writeDump(PrintWriter xml) {
        xml.println("<superblock uuid=\"\" block_size=\"" + BLOCK_SECTORS + "\" nr_cache_blocks=\"" + blocks
                + "\" policy=\"smq\" hint_width=\"4\">");
        xml.println("  <mappings>");
        for (int block = 0; block < blocks - 1; block++) {
            xml.println("    <mapping cache_block=\"" + block + "\" origin_block=\"" + originBlock(block)
                    + "\" dirty=\"false\"/>");
        }
        xml.println("  </mappings>");
        xml.println("</superblock>");
    }

    /** A cache block that is in use. */
    int anyBlock(Random random) {
        return random.nextInt(blocks - 1);
    }
}
