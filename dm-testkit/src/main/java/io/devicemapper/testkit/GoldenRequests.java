package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.OpenHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** The requests of transcripts, and what they say about the content of devices. */
final class GoldenRequests {
    private final GoldenBed bed;
    private final SectorPattern pattern = SectorPattern.golden();
    private final List<BlockedWrite> blocked = new ArrayList<>();

    GoldenRequests(GoldenBed bed) {
        this.bed = bed;
    }

    /**
     * One direct request: {@code write DEVICE SECTOR COUNT GEN} or {@code read DEVICE SECTOR COUNT}. One that is {@code blocked} is left under way, by somebody who
     * has the device open.
     */
    void request(String where, GoldenStep step) throws DmException {
        List<String> words = step.words();
        MappedDevice device = bed.mapped(words.get(1));
        if (step.value("result").equals("blocked")) {
            blocked.add(new BlockedWrite(where, device, step));
            return;
        }
        long sector = Long.parseLong(words.get(2));
        int count = Integer.parseInt(words.get(3));
        switch (words.get(0)) {
            case "write" -> {
                ByteBuffer content = pattern.sectors(sector, count, words.get(4).charAt(0));
                assertEquals(step.value("result"), result(() -> device.write(sector, content)), where);
            }
            case "read" -> {
                ByteBuffer content = ByteBuffer.allocate(count * Bio.SECTOR_SIZE);
                assertEquals(step.value("result"), result(() -> device.read(sector, content)), where);
                // Words before digest: they say what is wrong.
                step.values("content")
                        .forEach(expected -> assertEquals(expected, ContentWords.of(content, pattern), where));
                step.values("sha256").forEach(expected -> assertEquals(expected, sha256(content), where));
            }
            default -> throw new IllegalArgumentException("no way to replay '" + step + "'");
        }
    }

    /** What the kernel's request was blocked by is gone: ours has ended as well, and well. */
    void checkUnblocked() {
        blocked.forEach(BlockedWrite::checkEnded);
        blocked.clear();
    }

    private final class BlockedWrite {
        private final String where;
        private final OpenHandle handle;
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile BioStatus outcome;

        BlockedWrite(String where, MappedDevice device, GoldenStep step) throws DmException {
            this.where = where;
            this.handle = device.open("a blocked writer");
            List<String> words = step.words();
            long sector = Long.parseLong(words.get(2));
            ByteBuffer content = pattern.sectors(
                    sector, Integer.parseInt(words.get(3)), words.get(4).charAt(0));
            device.submit(Bio.write(sector, BioFlags.NONE, content, (bio, status) -> {
                outcome = status;
                ended.countDown();
            }));
        }

        void checkEnded() {
            assertDoesNotThrow(() -> Patience.await(ended, where));
            assertEquals(BioStatus.OK, outcome, where);
            handle.close();
        }
    }

    private interface Request {
        void run() throws BlockIoException;
    }

    private static String result(Request request) {
        try {
            request.run();
            return "ok";
        } catch (BlockIoException e) {
            return errorName(e.status());
        }
    }

    /** The name of the error number that a reader of a Linux block device gets. */
    private static String errorName(BioStatus status) {
        return switch (status) {
            case OK -> throw new IllegalArgumentException("no error");
            case IO -> "EIO";
            case UNSUPPORTED -> "EOPNOTSUPP";
            case NO_SPACE -> "ENOSPC";
            case MEDIUM -> "ENODATA";
            case PROTECTION -> "EILSEQ";
            case TRANSPORT -> "ENOLINK";
            case TIMEOUT -> "ETIMEDOUT";
            case TARGET -> "EREMOTEIO";
            case NOT_PERMITTED -> "EPERM";
        };
    }

    /** What a step says about the content of devices after its command, in that order. */
    void checkResults(String where, GoldenStep step) throws IOException {
        Optional<Written> written = Optional.empty();
        for (GoldenField field : step.results()) {
            String[] words = field.value().split(" ", -1);
            switch (field.name()) {
                case "wrote" -> {
                    written = Optional.of(new Written(
                            bed.mapped(words[0]),
                            Long.parseLong(words[1]),
                            Integer.parseInt(words[2]),
                            words[3].charAt(0)));
                    written.get().write(pattern);
                }
                case "readback" -> written.orElseThrow().check(where, pattern);
                case "backing" -> checkBacking(where, step, words);
                case "content" -> checkContent(where, step, words);
                default -> {
                    // The rest belongs to the command, or to the backing before it.
                }
            }
        }
    }

    private record Written(BlockDevice device, long firstSector, int count, char generation) {
        void write(SectorPattern pattern) throws IOException {
            device.write(firstSector, pattern.sectors(firstSector, count, generation));
        }

        void check(String where, SectorPattern pattern) throws IOException {
            String expected = ContentWords.of(pattern.sectors(firstSector, count, generation), pattern);
            assertEquals(expected, ContentWords.of(read(device, firstSector, count), pattern), where + ": read back");
        }
    }

    /** {@code DEVICE FIRST COUNT SHA256}; each sector of the range that is not zero has a line of its own. */
    private void checkBacking(String where, GoldenStep step, String[] words) throws IOException {
        long first = Long.parseLong(words[1]);
        ByteBuffer content = read(bed.disk(words[0]), first, Integer.parseInt(words[2]));
        List<String> expected = step.values("sector").stream()
                .filter(line -> line.startsWith(words[0] + " "))
                .toList();
        assertEquals(String.join("\n", expected), String.join("\n", sectors(words[0], first, content)), where);
        assertEquals(words[3], sha256(content), where + ": " + String.join(" ", words));
    }

    private List<String> sectors(String disk, long first, ByteBuffer content) {
        List<String> lines = new ArrayList<>();
        for (int at = 0; at < content.limit(); at += Bio.SECTOR_SIZE) {
            ByteBuffer sector = content.slice(at, Bio.SECTOR_SIZE);
            if (!ContentWords.of(sector, pattern).startsWith("zero")) {
                String what = pattern.identify(sector, 0).map(Object::toString).orElse("other");
                lines.add(disk + " " + (first + at / Bio.SECTOR_SIZE) + " " + sha256(sector) + " " + what);
            }
        }
        return lines;
    }

    /** {@code DEVICE [whole] WORDS}, about the range of the {@code backing} of that device or about all of it. */
    private void checkContent(String where, GoldenStep step, String[] words) throws IOException {
        BlockDevice disk = bed.disk(words[0]);
        boolean whole = words[1].equals("whole");
        ByteBuffer content = whole ? read(disk, 0, Math.toIntExact(disk.sectors())) : backing(step, words[0]);
        String expected = String.join(" ", List.of(words).subList(whole ? 2 : 1, words.length));
        assertEquals(expected, ContentWords.of(content, pattern), where + ": " + words[0]);
    }

    private ByteBuffer backing(GoldenStep step, String disk) throws IOException {
        for (String backing : step.values("backing")) {
            String[] words = backing.split(" ", -1);
            if (words[0].equals(disk)) {
                return read(bed.disk(disk), Long.parseLong(words[1]), Integer.parseInt(words[2]));
            }
        }
        throw new IllegalArgumentException("step '" + step + "': no 'backing' for the content of " + disk);
    }

    private static ByteBuffer read(BlockDevice device, long first, int count) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(count * Bio.SECTOR_SIZE);
        device.read(first, content);
        return content;
    }

    static String sha256(ByteBuffer content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(content.duplicate());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
