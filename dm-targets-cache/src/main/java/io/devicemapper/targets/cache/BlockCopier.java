package io.devicemapper.targets.cache;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntFunction;

/**
 * Copies blocks between two devices, several pieces at a time. One thread uses it, and waits until all is copied; it alone submits, so that a
 * device that waits costs nobody else's thread.
 */
final class BlockCopier {
    private static final long PIECE_SECTORS = 512;
    private static final int PIECES = 4;

    private final Doubts doubts;
    private final IntFunction<ByteBuffer> memory;
    private final ArrayDeque<ByteBuffer> buffers = new ArrayDeque<>();

    BlockCopier(Doubts doubts) {
        this(doubts, ByteBuffer::allocateDirect);
    }

    /**
     * A copier with memory of its own.
     *
     * @param memory makes a buffer of so many bytes, or throws an {@link OutOfMemoryError}
     */
    BlockCopier(Doubts doubts, IntFunction<ByteBuffer> memory) {
        this.doubts = doubts;
        this.memory = memory;
    }

    /**
     * One block's copy.
     *
     * @param fromSector where it begins on the one device
     * @param toSector where it begins on the other one
     * @param sectors how long it is
     */
    record Copy(long fromSector, long toSector, long sectors) {}

    /** One piece under way. */
    private static final class Piece {
        private final int copy;
        private final long offset;
        private final int sectors;
        private ByteBuffer buffer;
        private boolean written;
        private BioStatus status;
        private boolean abandoned;

        Piece(int copy, long offset, int sectors) {
            this.copy = copy;
            this.offset = offset;
            this.sectors = sectors;
        }
    }

    /**
     * Copies blocks.
     *
     * @return how each copy ended; one that failed has perhaps written something
     * @throws OutOfMemoryError if there is no memory for one piece; none is under way then
     */
    List<BioStatus> copy(BlockDevice from, BlockDevice to, List<Copy> copies) {
        List<BioStatus> outcomes = new ArrayList<>();
        ArrayDeque<Piece> waiting = new ArrayDeque<>();
        for (Copy copy : copies) {
            for (long offset = 0; offset < copy.sectors(); offset += PIECE_SECTORS) {
                waiting.add(new Piece(outcomes.size(), offset, (int) Math.min(PIECE_SECTORS, copy.sectors() - offset)));
            }
            outcomes.add(BioStatus.OK);
        }
        provideBuffers(Math.min(PIECES, waiting.size()));
        LinkedBlockingQueue<Piece> ended = new LinkedBlockingQueue<>();
        int underWay = 0;
        while (underWay > 0 || !waiting.isEmpty()) {
            if (underWay == 0) {
                provideBuffers(1);
            }
            if (!buffers.isEmpty() && !waiting.isEmpty()) {
                Piece piece = waiting.poll();
                if (outcomes.get(piece.copy).isOk()) {
                    underWay++;
                    read(from, copies.get(piece.copy), piece, ended);
                }
                continue;
            }
            Piece piece = take(ended);
            if (piece.status.isOk() && !piece.written) {
                piece.written = true;
                write(to, copies.get(piece.copy), piece, ended);
                continue;
            }
            underWay--;
            if (!piece.status.isOk()) {
                outcomes.set(piece.copy, piece.status);
            }
            if (!piece.abandoned) {
                buffers.push(piece.buffer);
            }
        }
        return outcomes;
    }

    /**
     * Only while no piece is under way: there may be no memory for another buffer, and then nobody would wait for the pieces. With one, all can be
     * copied.
     */
    private void provideBuffers(int count) {
        while (buffers.size() < count) {
            try {
                buffers.push(memory.apply((int) PIECE_SECTORS << Bio.SECTOR_SHIFT));
            } catch (OutOfMemoryError e) {
                if (buffers.isEmpty()) {
                    throw e;
                }
                return;
            }
        }
    }

    private void read(BlockDevice from, Copy copy, Piece piece, LinkedBlockingQueue<Piece> ended) {
        piece.buffer = buffers.pop().limit(piece.sectors << Bio.SECTOR_SHIFT);
        from.submit(Bio.read(
                copy.fromSector() + piece.offset, piece.buffer, (bio, status) -> end(bio, status, piece, ended)));
    }

    private void write(BlockDevice to, Copy copy, Piece piece, LinkedBlockingQueue<Piece> ended) {
        to.submit(Bio.write(
                copy.toSector() + piece.offset, 0, piece.buffer, (bio, status) -> end(bio, status, piece, ended)));
    }

    private void end(Bio bio, BioStatus status, Piece piece, LinkedBlockingQueue<Piece> ended) {
        doubts.keep(bio.doubt());
        piece.status = status;
        piece.abandoned |= bio.payloadAbandoned();
        ended.add(piece);
    }

    private static Piece take(LinkedBlockingQueue<Piece> ended) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return ended.take();
                } catch (InterruptedException e) {
                    interrupted = true; // the buffers are the device's until it answers
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
