package io.devicemapper.nbd.client;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.Doubt;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.CommandFlags;
import java.nio.ByteBuffer;

/**
 * One request to the server: a whole bio, a piece of one, or a question of our own. Sent again, over another connection, if the
 * one that carried it broke before the answer.
 *
 * <p>Threads: what is not final belongs to the {@link RequestQueue} and is guarded by it, but for what the receiving thread notes
 * about the answer.
 */
abstract class NbdRequest {
    private static final System.Logger LOG = System.getLogger(NbdRequest.class.getName());

    /** How far the request has come on the current connection. Replies to what was not sent are a breach of the protocol. */
    enum Progress {
        /** No byte has been handed to the socket. */
        UNSENT,
        /** The socket is being fed from the payload. */
        SENDING,
        /** The socket has taken all of it, and nobody looks at a write's payload any more. */
        SENT
    }

    final int command;
    final int commandFlags;
    final long offsetBytes;
    final long lengthBytes;

    /** The buffer of a READ or WRITE, else null. Its position and limit are never moved, nor relied on. */
    final ByteBuffer payload;

    /** Where in the payload this request's bytes begin. */
    final int payloadStart;

    /** Whether it fails when its connection breaks, instead of being sent again. */
    final boolean failFast;

    // Guarded by the queue.
    long order;
    long cookie;
    int modifyingIndex;
    boolean holdsOthersBack;
    long flushMark;
    long sentNanos;
    Progress progress = Progress.UNSENT;
    BioStatus earlyAnswer;

    /** Until when the server may carry it out after it has failed, or null. */
    Doubt doubt;

    // Of the receiving thread.
    private ReadCoverage coverage;
    private BioStatus error;

    NbdRequest(int command, int bioFlags, long offsetBytes, long lengthBytes, ByteBuffer payload, int payloadStart) {
        this.command = command;
        this.commandFlags = commandFlags(command, bioFlags);
        this.offsetBytes = offsetBytes;
        this.lengthBytes = lengthBytes;
        this.payload = payload;
        this.payloadStart = payloadStart;
        this.failFast = (bioFlags & BioFlags.FAILFAST) != 0;
    }

    private static int commandFlags(int command, int bioFlags) {
        boolean zeroes = command == Command.WRITE_ZEROES;
        int flags = 0;
        if ((bioFlags & BioFlags.FUA) != 0 && modifies(command)) {
            flags |= CommandFlags.FUA;
        }
        if ((bioFlags & BioFlags.NOUNMAP) != 0 && zeroes) {
            flags |= CommandFlags.NO_HOLE;
        }
        if ((bioFlags & BioFlags.FAST_ONLY) != 0 && zeroes) {
            flags |= CommandFlags.FAST_ZERO;
        }
        return flags;
    }

    private static boolean modifies(int command) {
        return command == Command.WRITE || command == Command.TRIM || command == Command.WRITE_ZEROES;
    }

    /** The request that carries out a bio as a whole. */
    static NbdRequest of(Bio bio) {
        return new WholeBio(bio);
    }

    /** The command for a bio's operation. */
    static int commandOf(Bio bio) {
        return switch (bio.op()) {
            case READ -> Command.READ;
            case WRITE -> Command.WRITE;
            case FLUSH -> Command.FLUSH;
            case DISCARD -> Command.TRIM;
            case WRITE_ZEROES -> Command.WRITE_ZEROES;
        };
    }

    /**
     * The request is over. Called once, without any lock; what belongs to the submitter is not touched afterwards. Never throws:
     * what the submitter's completion throws must not break the connection for others.
     */
    final void end(BioStatus status) {
        try {
            ended(status);
        } catch (Throwable t) {
            LOG.log(System.Logger.Level.ERROR, () -> "the completion of " + this + " threw", t);
        }
    }

    /** Called by the one {@link #end}. */
    abstract void ended(BioStatus status);

    /** Tells a bio that this request may still be carried out, if that is so. */
    final void passDoubtTo(Bio bio) {
        if (doubt != null) {
            bio.leaveInDoubt(doubt);
        }
    }

    /** Whether it changes what the export holds. */
    final boolean modifies() {
        return modifies(command);
    }

    /** Whether what it wrote may sit in a volatile cache of the server once it is answered. */
    final boolean leavesUnflushed() {
        // What a discarded range holds is undefined, so nothing is lost with a discard.
        return (command == Command.WRITE || command == Command.WRITE_ZEROES) && (commandFlags & CommandFlags.FUA) == 0;
    }

    /** Bytes that it moves over the wire as data, in either direction. */
    final int payloadBytes() {
        return payload == null ? 0 : (int) lengthBytes;
    }

    final boolean overlaps(NbdRequest other) {
        return offsetBytes < other.offsetBytes + other.lengthBytes && other.offsetBytes < offsetBytes + lengthBytes;
    }

    /** Back to the state before it was first sent. */
    final void rewind() {
        progress = Progress.UNSENT;
        earlyAnswer = null;
        holdsOthersBack = false;
        coverage = null;
        error = null;
        forgetAnswer();
    }

    /** For those that collect an answer in pieces: the pieces of the lost connection are void. */
    void forgetAnswer() {}

    /** The server answered with an error; the first one counts. */
    final void noteError(BioStatus status) {
        if (error == null) {
            error = status;
        }
    }

    /** The first error that the server answered with so far, or null. */
    final BioStatus error() {
        return error;
    }

    /**
     * A part of a read's data has arrived.
     *
     * @return false if a part of it had arrived before
     */
    final boolean noteData(long offset, long length) {
        if (coverage == null) {
            coverage = new ReadCoverage(offsetBytes);
        }
        return coverage.add(offset, length);
    }

    /** Whether all of a read's data has arrived. */
    final boolean hasAllData() {
        return coverage != null && coverage.covers(lengthBytes);
    }

    @Override
    public String toString() {
        return Command.name(command) + " " + offsetBytes + "+" + lengthBytes;
    }

    private static final class WholeBio extends NbdRequest {
        private final Bio bio;

        WholeBio(Bio bio) {
            super(
                    commandOf(bio),
                    bio.flags(),
                    bio.sector() << Bio.SECTOR_SHIFT,
                    bio.bytes(),
                    bio.payload(),
                    bio.payload() == null ? 0 : bio.payload().position());
            this.bio = bio;
        }

        @Override
        void ended(BioStatus status) {
            passDoubtTo(bio);
            bio.endIo(status);
        }
    }
}
