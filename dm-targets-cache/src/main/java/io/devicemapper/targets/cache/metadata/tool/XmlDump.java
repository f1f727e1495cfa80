package io.devicemapper.targets.cache.metadata.tool;

import io.devicemapper.persistent.MetadataException;
import io.devicemapper.targets.cache.metadata.CacheSalvage;
import io.devicemapper.targets.cache.metadata.CacheSuperblock;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/** Prints metadata as {@code cache_dump} of thin-provisioning-tools 0.9 does, but for the marks of version 2, which that tool leaves out. */
final class XmlDump {
    private final PrintWriter out;

    XmlDump(PrintWriter out) {
        this.out = out;
    }

    void print(CacheSuperblock superblock, CacheSalvage salvage) throws MetadataException {
        line("<superblock uuid=\"\" block_size=\"" + superblock.blockSectors() + "\" nr_cache_blocks=\""
                + superblock.cacheBlocks() + "\" policy=\""
                + escaped(superblock.policy().name())
                + "\" hint_width=\"4\">");
        line("  <mappings>");
        salvage.mappings((cacheBlock, originBlock, marked) -> line("    <mapping cache_block=\"" + cacheBlock
                + "\" origin_block=\"" + originBlock + "\" dirty=\"" + marked + "\"/>"));
        line("  </mappings>");
        line("  <hints>");
        salvage.hints((cacheBlock, hint) ->
                line("    <hint cache_block=\"" + cacheBlock + "\" data=\"" + base64(hint) + "\"/>"));
        line("  </hints>");
        line("</superblock>");
    }

    private void line(String text) {
        out.print(text);
        out.print('\n');
    }

    private static String base64(int hint) {
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(hint)
                .array();
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** A name from a device may hold anything; what XML cannot have at all becomes a question mark. */
    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '<' -> escaped.append("&lt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.append(c < ' ' || c > '~' ? '?' : c);
            }
        }
        return escaped.toString();
    }
}
