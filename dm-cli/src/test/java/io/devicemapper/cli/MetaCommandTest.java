package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code dm meta} beside the daemon that uses the same metadata: what one leaves behind, the other understands. */
class MetaCommandTest {
    static final String DUMP = """
            <superblock uuid="" block_size="128" nr_cache_blocks="64" policy="smq" hint_width="4">
              <mappings>
                <mapping cache_block="0" origin_block="5" dirty="false"/>
                <mapping cache_block="1" origin_block="9" dirty="false"/>
                <mapping cache_block="7" origin_block="2" dirty="true"/>
              </mappings>
            </superblock>
            """;

    private DaemonBed bed;
    private Path metadata;

    @BeforeEach
    void start() throws IOException, CliException {
        bed = new DaemonBed();
        metadata = bed.folder().resolve("meta.img");
        Path dump = Files.writeString(bed.folder().resolve("dump.xml"), DUMP);
        assertEquals("", bed.expect("meta", "restore", "-q", "-i", dump.toString(), "file:" + metadata + "?size=4M"));
    }

    @AfterEach
    void stop() throws IOException {
        bed.close();
    }

    private void createCache() {
        bed.expect(
                "create",
                "ca",
                "--table",
                "0 16384 cache file:meta.img file:fast.img?size=4M file:slow.img?size=8M 128 1 writethrough cleaner 0");
    }

    private String usedBlocks() {
        return bed.expect("status", "ca").split(" ", -1)[6];
    }

    @Test
    void aCacheThatWasRestoredIsUsedAndWhatThatLeavesChecksAndIsDumped() {
        assertTrue(bed.expect("meta", "check", metadata.toString()).contains("3 in use"));
        createCache();
        assertEquals("3/64", usedBlocks(), "what was dirty is on the origin now, and stays cached");
        bed.expect("remove", "ca");
        assertTrue(bed.expect("meta", "check", metadata.toString()).contains("last used by this program, 3 in use"));
        String dump = bed.expect("meta", "dump", metadata.toString());
        for (String mapping : new String[] {
            "<mapping cache_block=\"0\" origin_block=\"5\" dirty=\"false\"/>",
            "<mapping cache_block=\"1\" origin_block=\"9\" dirty=\"false\"/>",
            "<mapping cache_block=\"7\" origin_block=\"2\" dirty=\"false\"/>"
        }) {
            assertTrue(dump.contains(mapping), dump);
        }
    }

    @Test
    void aDamagedSuperblockIsFoundRefusedAndRepaired() throws IOException {
        createCache();
        bed.expect("remove", "ca");
        try (RandomAccessFile file = new RandomAccessFile(metadata.toFile(), "rw")) {
            file.seek(100);
            file.write(~file.read());
        }
        DaemonBed.Result check = bed.run("meta", "check", metadata.toString());
        assertEquals(1, check.exitStatus(), check::toString);
        assertTrue((check.output() + check.errors()).contains("checksum"), check::toString);
        DaemonBed.Result refused = bed.run(
                "create",
                "ca",
                "--table",
                "0 16384 cache file:meta.img file:fast.img file:slow.img 128 1 writethrough cleaner 0");
        assertEquals(1, refused.exitStatus());
        assertTrue(refused.errors().contains("Error creating metadata object"), refused::errors);
        assertEquals(1, bed.run("meta", "repair", metadata.toString()).exitStatus());
        assertEquals(
                0, bed.run("meta", "repair", "--use-spare", metadata.toString()).exitStatus());
        bed.expect("meta", "check", "-q", metadata.toString());
        createCache();
        assertEquals("3/64", usedBlocks());
        bed.expect("remove", "ca");
    }

    @Test
    void whatIsWrongWithTheCommandIsOneLine() {
        assertTrue(bed.refusal("meta").contains("usage: dm meta check|dump|restore|repair"));
        assertTrue(bed.refusal("meta", "check", bed.folder().resolve("none.img").toString())
                .contains("none.img"));
    }
}
