package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.testkit.GoldenBed;
import io.devicemapper.testkit.SectorPattern;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernel's ciphertext comes out, and its plaintext back, however the data is cut into bios, in whatever order these come, and on several threads. */
class RandomBiosTest {
    private static final long SEED = Long.getLong("dm.testkit.seed", new Random().nextLong());

    private static final int THREADS = 3;

    /** A part of what was written, and its bio's payload. */
    private record Piece(long sector, ByteBuffer payload) {}

    static List<CryptRecord> records() {
        return CryptRecord.accepted();
    }

    @ParameterizedTest
    @MethodSource("records")
    void cutsAndOrderDoNotMatter(CryptRecord record) throws Exception {
        Random random = new Random(SEED ^ record.toString().hashCode());
        String where = record + " (-Ddm.testkit.seed=" + SEED + ")";
        try (GoldenBed bed = record.bed()) {
            MappedDevice device = bed.deviceMapper().create("cut", record.value("table"));
            List<Piece> writes = pieces(record, random);
            writes.forEach(piece -> SectorPattern.golden().fill(piece.payload, piece.sector, 'a'));
            submit(device, BioOp.WRITE, writes, where);
            CryptGoldenTest.checkCiphertext(record, bed.disk(record.backingName()));
            List<Piece> reads = pieces(record, random);
            submit(device, BioOp.READ, reads, where);
            for (Piece piece : reads) {
                int sectors = piece.payload.remaining() / Bio.SECTOR_SIZE;
                assertEquals(SectorPattern.golden().sectors(piece.sector, sectors, 'a'), piece.payload, where);
            }
        }
    }

    /** All that the record knows of, cut at random between units, in random order. */
    private static List<Piece> pieces(CryptRecord record, Random random) {
        List<Piece> pieces = new ArrayList<>();
        for (CryptRecord.Run run : record.runs()) {
            int units = run.sectors() / record.unitSectors();
            for (int at = 0; at < units; ) {
                int count = 1 + random.nextInt(Math.min(units - at, 1 + random.nextInt(units)));
                pieces.add(new Piece(
                        run.firstMapped() + (long) at * record.unitSectors(),
                        payload(count * record.unitSectors() * Bio.SECTOR_SIZE, random)));
                at += count;
            }
        }
        Collections.shuffle(pieces, random);
        return pieces;
    }

    private static ByteBuffer payload(int bytes, Random random) {
        int margin = random.nextInt(100);
        ByteBuffer whole =
                random.nextBoolean() ? ByteBuffer.allocate(bytes + margin) : ByteBuffer.allocateDirect(bytes + margin);
        whole.position(margin);
        return random.nextBoolean() ? whole : whole.slice();
    }

    private static void submit(BlockDevice device, BioOp op, List<Piece> pieces, String where) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<CompletableFuture<BioStatus>> ends = new ArrayList<>();
            for (Piece piece : pieces) {
                CompletableFuture<BioStatus> end = new CompletableFuture<>();
                ends.add(end);
                ByteBuffer payload = op == BioOp.WRITE ? piece.payload.asReadOnlyBuffer() : piece.payload;
                int sectors = payload.remaining() / Bio.SECTOR_SIZE;
                threads.execute(() -> device.submit(Bio.of(
                        op, BioFlags.NONE, piece.sector, sectors, payload, (bio, status) -> end.complete(status))));
            }
            for (CompletableFuture<BioStatus> end : ends) {
                assertEquals(BioStatus.OK, end.get(30, TimeUnit.SECONDS), where);
            }
        } finally {
            threads.shutdown();
        }
    }
}
