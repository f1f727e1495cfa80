package io.devicemapper.nbd.client;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.util.function.Consumer;

/**
 * Carries out a bio that is longer than one request may be, in pieces. The first error ends it; pieces that were not sent by then
 * are left out.
 *
 * <p>Pieces are made when they are sent: a discard of a large device would otherwise be a hundred thousand objects.
 */
final class SplitBio {
    /** Enough to keep the connection busy, and few enough to let others through. */
    private static final int DATA_PIECES_AT_ONCE = 4;

    private final Bio bio;
    private final Consumer<NbdRequest> submit;
    private final long maximumBytes;
    private final int piecesAtOnce;

    // Guarded by this.
    private long nextBytes;
    private int outstanding;
    private boolean anySucceeded;
    private BioStatus error;

    /**
     * Prepares to carry out a bio.
     *
     * @param maximumBytes the length of the longest piece
     * @param submit takes the pieces; may end one before it returns
     */
    SplitBio(Bio bio, long maximumBytes, Consumer<NbdRequest> submit) {
        this.bio = bio;
        this.maximumBytes = maximumBytes;
        this.submit = submit;
        // Zeroing and discarding are slow work without data: side by side they gain nothing, and one after the other a
        // server
        // that refuses FAST_ONLY refuses it before anything has changed.
        this.piecesAtOnce = bio.op().hasPayload() ? DATA_PIECES_AT_ONCE : 1;
    }

    /** Sends as many pieces as may be under way. */
    void advance() {
        for (Piece piece = next(); piece != null; piece = next()) {
            submit.accept(piece);
        }
    }

    private synchronized Piece next() {
        if (error != null || outstanding == piecesAtOnce || nextBytes == bio.bytes()) {
            return null;
        }
        long begin = nextBytes;
        nextBytes = Math.min(bio.bytes(), begin + maximumBytes);
        outstanding++;
        return new Piece(begin, nextBytes - begin);
    }

    private void pieceEnded(BioStatus status) {
        BioStatus outcome;
        synchronized (this) {
            outstanding--;
            if (status.isOk()) {
                anySucceeded = true;
            } else if (error == null) {
                error = status;
            }
            boolean over = outstanding == 0 && (error != null || nextBytes == bio.bytes());
            outcome = over ? outcome() : null;
        }
        if (outcome != null) {
            bio.endIo(outcome);
        } else {
            advance();
        }
    }

    private BioStatus outcome() {
        if (error == null) {
            return BioStatus.OK;
        }
        // UNSUPPORTED promises that nothing was changed, which is no longer so.
        return error == BioStatus.UNSUPPORTED && anySucceeded && bio.op() != BioOp.READ ? BioStatus.IO : error;
    }

    private final class Piece extends NbdRequest {
        Piece(long begin, long length) {
            super(
                    commandOf(bio),
                    bio.flags() & BioFlags.ALL,
                    (bio.sector() << Bio.SECTOR_SHIFT) + begin,
                    length,
                    bio.payload(),
                    bio.payload() == null ? 0 : Math.toIntExact(bio.payload().position() + begin));
        }

        @Override
        void ended(BioStatus status) {
            passDoubtTo(bio);
            pieceEnded(status);
        }
    }
}
