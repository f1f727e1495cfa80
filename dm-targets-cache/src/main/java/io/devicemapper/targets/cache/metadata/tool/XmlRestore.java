package io.devicemapper.targets.cache.metadata.tool;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.target.Version;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import io.devicemapper.targets.cache.metadata.PolicyIdentity;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Makes metadata of what {@code cache_dump} or {@code dm meta dump} printed. What is made counts as closed in order by a tool: dirty
 * blocks are newer than the origin.
 */
final class XmlRestore {
    private static final long MAX_BLOCK_SECTORS = (1L << 32) - 1;
    private static final long MAX_ORIGIN_BLOCK = (1L << 48) - 1;

    private final XMLStreamReader xml;
    private final BlockDevice device;
    private final int version;
    private CacheMetadata metadata;
    private PolicyIdentity policy;
    private int[] hints;
    private boolean hinted;

    private XmlRestore(XMLStreamReader xml, BlockDevice device, int version) {
        this.xml = xml;
        this.device = device;
        this.version = version;
    }

    /**
     * Reads a dump and writes the metadata, which is committed once, at the end.
     *
     * @return how many cache blocks are in use
     * @throws MetaException if the text is no such dump; the message names the line
     */
    static long restore(InputStream source, BlockDevice device, int version) throws MetaException, MetadataException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        try {
            // By a reader, since the JDK's parser prints what it cannot decode on standard error.
            XMLStreamReader xml = factory.createXMLStreamReader(new InputStreamReader(source, UTF_8));
            try {
                return new XmlRestore(xml, device, version).read();
            } finally {
                xml.close();
            }
        } catch (XMLStreamException e) {
            String text = e.getMessage() == null
                    ? ""
                    : e.getMessage().lines().reduce((a, b) -> b).orElse("");
            throw new MetaException(
                    "input line " + e.getLocation().getLineNumber() + ": " + text.replaceFirst("^Message: ", ""), e);
        }
    }

    private long read() throws XMLStreamException, MetaException, MetadataException {
        long mapped = 0;
        while (xml.hasNext()) {
            if (xml.next() != XMLStreamConstants.START_ELEMENT) {
                continue;
            }
            String element = xml.getLocalName();
            if (metadata == null && !element.equals("superblock")) {
                throw wrong("expected the element superblock, found " + element);
            }
            switch (element) {
                case "superblock" -> superblock();
                case "mappings", "hints" -> {
                    // Only a frame.
                }
                case "mapping" -> {
                    mapping();
                    mapped++;
                }
                case "hint" -> hint();
                default -> throw wrong("unknown element " + element);
            }
        }
        if (metadata == null) {
            throw wrong("no element superblock");
        }
        if (hinted) {
            metadata.hints(policy, cacheBlock -> hints[(int) cacheBlock]);
        }
        metadata.commit();
        metadata.close();
        return mapped;
    }

    private void superblock() throws MetaException, MetadataException {
        if (metadata != null) {
            throw wrong("a second superblock");
        }
        long blockSectors = number("block_size", MAX_BLOCK_SECTORS);
        if (blockSectors == 0) {
            throw wrong("block_size is 0");
        }
        long cacheBlocks = number("nr_cache_blocks", Integer.MAX_VALUE);
        String name = attribute("policy");
        try {
            policy = new PolicyIdentity(name, new Version(0, 0, 0));
        } catch (IllegalArgumentException e) {
            throw new MetaException("input line " + line() + ": " + e.getMessage(), e);
        }
        if (xml.getAttributeValue(null, "hint_width") != null && number("hint_width", 4) % 4 != 0) {
            throw wrong("hint_width is " + attribute("hint_width") + ", expected 4");
        }
        metadata = CacheMetadata.formatUnstamped(device, version, blockSectors);
        metadata.policy(policy);
        metadata.resize(cacheBlocks);
    }

    private void mapping() throws MetaException, MetadataException {
        long cacheBlock = cacheBlock();
        long originBlock = number("origin_block", MAX_ORIGIN_BLOCK);
        if (metadata.originBlock(cacheBlock) >= 0) {
            throw wrong("cache block " + cacheBlock + " has a second mapping");
        }
        metadata.map(cacheBlock, originBlock);
        String dirty = attribute("dirty");
        switch (dirty) {
            case "true" -> metadata.mark(cacheBlock);
            case "false" -> {
                // Blocks are clean as they are mapped.
            }
            default -> throw wrong("dirty is '" + dirty + "', expected true or false");
        }
    }

    private void hint() throws MetaException {
        int cacheBlock = (int) cacheBlock();
        byte[] data;
        try {
            data = Base64.getDecoder().decode(attribute("data"));
        } catch (IllegalArgumentException e) {
            throw new MetaException("input line " + line() + ": data is not base64: " + e.getMessage(), e);
        }
        if (data.length != Integer.BYTES) {
            throw wrong("a hint of " + data.length + " bytes, expected 4");
        }
        if (!hinted) {
            hinted = true;
            hints = new int[(int) metadata.cacheBlocks()];
        }
        hints[cacheBlock] = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).getInt();
    }

    private long cacheBlock() throws MetaException {
        long cacheBlock = number("cache_block", Integer.MAX_VALUE);
        if (cacheBlock >= metadata.cacheBlocks()) {
            throw wrong("cache block " + cacheBlock + ", where there are " + metadata.cacheBlocks());
        }
        return cacheBlock;
    }

    private long number(String name, long max) throws MetaException {
        String text = attribute(name);
        try {
            long value = Long.parseLong(text);
            if (value >= 0 && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new MetaException("input line " + line() + ": " + name + " is '" + text + "', no number", e);
        }
        throw wrong(name + " is " + text + ", expected 0 to " + max);
    }

    private String attribute(String name) throws MetaException {
        String value = xml.getAttributeValue(null, name);
        if (value == null) {
            throw wrong(xml.getLocalName() + " has no " + name);
        }
        return value;
    }

    private MetaException wrong(String what) {
        return new MetaException("input line " + line() + ": " + what);
    }

    private int line() {
        return xml.getLocation().getLineNumber();
    }
}
