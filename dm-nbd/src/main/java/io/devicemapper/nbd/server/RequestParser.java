package io.devicemapper.nbd.server;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.CommandFlags;
import io.devicemapper.nbd.protocol.Magic;
import io.devicemapper.nbd.protocol.NbdError;
import io.devicemapper.nbd.protocol.WireFormatException;
import io.devicemapper.nbd.protocol.WireSizes;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Takes requests out of the input and has them carried out. For the connection thread.
 *
 * <p>A request: u32 magic, u16 flags, u16 type, u64 cookie, u64 offset, u32 length, and for a write the payload.
 */
final class RequestParser {
    /** The longest payload of a refused write that is read and dropped; a client that sends more is cut off. */
    static final long MAX_DROPPED_BYTES = 4L * WireSizes.MAX_PAYLOAD;

    /** A longer read gets memory of its own, and is sent from where the device put the data. */
    private static final int MAX_IN_PLACE_READ_BYTES = 64 << 10;

    /** Why parsing stopped. */
    enum Outcome {
        /** The next request is not there, or not as a whole. */
        NEEDS_INPUT,
        /** The next request has to wait until others have ended. */
        NEEDS_ROOM,
        /** The client said goodbye. */
        DISCONNECT
    }

    private final Transmission transmission;
    private final RequestCheck check;
    private final ReplyFormat format;
    private final int blockBytes;
    private final InputBuffer input;
    private final OutputBuffer output;
    private final Dispatcher dispatcher;

    /** The write whose payload is arriving; null for none. */
    private IncomingWrite incoming;

    /** Bytes of a refused write's payload that are still to come. */
    private long dropBytes;

    // What the last round found.
    private int taken;
    private long takenBytes;

    RequestParser(
            Transmission transmission, Session session, InputBuffer input, OutputBuffer output, Dispatcher dispatcher) {
        this.transmission = transmission;
        this.check = new RequestCheck(session);
        this.format = transmission.format();
        this.blockBytes = session.offer().minimumBlockBytes();
        this.input = input;
        this.output = output;
        this.dispatcher = dispatcher;
    }

    /** A write into memory of its own. */
    private record IncomingWrite(Blocks blocks, long cookie, int flags, PooledBuffer buffer, ByteBuffer rest) {}

    /** Whether the last round found more than one request, so that the next ones are probably there already. */
    boolean sawSeveral() {
        return taken > 1 || incoming != null;
    }

    /** How many requests the last round found. */
    int taken() {
        return taken;
    }

    /** How long they were together. */
    long takenBytes() {
        return takenBytes;
    }

    /** Reads what the socket has; -1 at the end of the stream. */
    long receive() throws IOException {
        return incoming != null ? input.fillBehind(incoming.rest()) : input.fill();
    }

    /** Gives back what a client that left in the middle of a write had begun to fill. */
    void release() {
        if (incoming != null) {
            incoming.buffer().release();
            incoming = null;
        }
    }

    /**
     * Has requests carried out until there is a reason to stop.
     *
     * @throws WireFormatException if what is at hand is no request
     */
    Outcome parse() throws WireFormatException {
        taken = 0;
        takenBytes = 0;
        while (true) {
            if (incoming != null && !completeIncoming()) {
                return Outcome.NEEDS_INPUT;
            }
            if (dropBytes > 0) {
                int dropped = (int) Math.min(dropBytes, input.available());
                input.consume(dropped);
                dropBytes -= dropped;
            }
            if (input.available() < WireSizes.REQUEST) {
                return Outcome.NEEDS_INPUT;
            }
            if (!transmission.hasRoom()) {
                return Outcome.NEEDS_ROOM;
            }
            ByteBuffer memory = input.memory();
            int at = input.begin();
            int magic = memory.getInt(at);
            if (magic != Magic.REQUEST) {
                throw new WireFormatException("bad request magic 0x" + Integer.toHexString(magic));
            }
            int flags = Short.toUnsignedInt(memory.getShort(at + 4));
            int command = Short.toUnsignedInt(memory.getShort(at + 6));
            long cookie = memory.getLong(at + 8);
            long offset = memory.getLong(at + 16);
            long bytes = Integer.toUnsignedLong(memory.getInt(at + 24));
            if (command == Command.DISC) {
                return Outcome.DISCONNECT;
            }
            taken++;
            takenBytes += bytes;
            int error = transmission.serverStops() ? NbdError.ESHUTDOWN : check.error(command, flags, offset, bytes);
            if (error != NbdError.OK) {
                refuse(command, cookie, error, bytes);
            } else if (bytes == 0 && command != Command.FLUSH) {
                input.consume(WireSizes.REQUEST);
                output.putStatus(command, cookie, NbdError.OK, "");
            } else if (!take(command, flags, cookie, offset, bytes)) {
                return Outcome.NEEDS_ROOM;
            }
        }
    }

    private void refuse(int command, long cookie, int error, long bytes) throws WireFormatException {
        if (command == Command.WRITE) {
            if (bytes > MAX_DROPPED_BYTES) {
                throw new WireFormatException("WRITE of " + bytes + " bytes");
            }
            dropBytes = bytes;
        }
        input.consume(WireSizes.REQUEST);
        output.putStatus(command, cookie, error, refusalText(error));
    }

    private static String refusalText(int error) {
        return switch (error) {
            case NbdError.EPERM -> "the export is read-only";
            case NbdError.ENOSPC -> "beyond the end of the export";
            case NbdError.ESHUTDOWN -> "the server is about to stop";
            default -> "malformed, not aligned, too long, or beyond the end of the export";
        };
    }

    /** Has a request carried out; false, with nothing done, if it needs memory that is not to be had now. */
    private boolean take(int command, int flags, long cookie, long offset, long bytes) {
        Blocks blocks = new Blocks(offset, offset + bytes, blockBytes);
        if (command == Command.READ) {
            return read(blocks, cookie);
        }
        if (command == Command.WRITE) {
            return write(blocks, cookie, flags);
        }
        input.consume(WireSizes.REQUEST);
        switch (command) {
            case Command.FLUSH -> flush(cookie);
            case Command.TRIM -> trim(blocks, cookie, flags);
            case Command.WRITE_ZEROES -> writeZeroes(blocks, cookie, flags);
            case Command.CACHE -> prefetch(blocks, cookie);
            case Command.BLOCK_STATUS ->
                dispatcher.carryOut(
                        new BlockStatusJob(transmission, cookie, blocks, (flags & CommandFlags.REQ_ONE) != 0), false);
            default -> throw new AssertionError(Command.name(command) + " passed the check");
        }
        return true;
    }

    private boolean read(Blocks blocks, long cookie) {
        int bytes = (int) (blocks.end() - blocks.begin());
        int header = format.readHeaderBytes();
        if (bytes <= MAX_IN_PLACE_READ_BYTES && blocks.isAligned() && dispatcher.endsInSubmit()) {
            input.consume(WireSizes.REQUEST);
            PooledBuffer block = output.reserve(Math.max(header + bytes, ReplyFormat.MAX_STATUS_BYTES));
            int begin = output.end();
            ReadRequest request = new ReadRequest(transmission, cookie, block, begin + header, blocks);
            if (!dispatcher.carryOutInPlace(request, block)) {
                output.leaveBlock();
            } else if (request.payloadAbandoned()) {
                block.abandon();
                output.leaveBlock();
                output.put(request.status());
            } else {
                output.commit(request.formatReply(format));
            }
            return true;
        }
        PooledBuffer buffer = transmission.tryLend(Math.toIntExact(blocks.coverBytes()));
        if (buffer == null) {
            return false;
        }
        input.consume(WireSizes.REQUEST);
        ReadRequest request = new ReadRequest(transmission, cookie, buffer, BufferPool.HEADROOM, blocks);
        dispatcher.carryOut(request, false, isLast());
        return true;
    }

    private boolean write(Blocks blocks, long cookie, int flags) {
        int bytes = (int) (blocks.end() - blocks.begin());
        if (input.available() >= WireSizes.REQUEST + bytes && blocks.isAligned() && dispatcher.endsInSubmit()) {
            input.consume(WireSizes.REQUEST);
            PooledBuffer block = input.block();
            ByteBuffer payload = block.slice(input.begin(), bytes);
            ModifyingRequest request = modifying(Command.WRITE, cookie, BioOp.WRITE, 0, flags, blocks, payload, null);
            if (dispatcher.carryOutInPlace(request, block)) {
                if (request.payloadAbandoned()) {
                    block.abandon();
                }
                output.put(request.reply());
            }
            input.consume(bytes);
            return true;
        }
        PooledBuffer buffer = transmission.tryLend(Math.toIntExact(blocks.coverBytes()));
        if (buffer == null) {
            return false;
        }
        input.consume(WireSizes.REQUEST);
        ByteBuffer rest = buffer.slice(BufferPool.HEADROOM + blocks.headBytes(), bytes);
        incoming = new IncomingWrite(blocks, cookie, flags, buffer, rest);
        return true;
    }

    /** Moves what is at hand into the payload that is arriving, and has it written if it is whole. */
    private boolean completeIncoming() {
        input.moveTo(incoming.rest());
        if (incoming.rest().hasRemaining()) {
            return false;
        }
        IncomingWrite write = incoming;
        incoming = null;
        Blocks blocks = write.blocks();
        boolean fua = isFua(write.flags());
        if (blocks.isAligned()) {
            ByteBuffer payload = write.buffer().slice(BufferPool.HEADROOM, Math.toIntExact(blocks.coverBytes()));
            ModifyingRequest request = modifying(
                    Command.WRITE, write.cookie(), BioOp.WRITE, 0, write.flags(), blocks, payload, write.buffer());
            dispatcher.carryOut(request, fua, isLast());
        } else {
            boolean durable = fua && limits().writeCache();
            dispatcher.carryOut(
                    new UnalignedWriteJob(transmission, write.cookie(), blocks, write.buffer(), durable), true);
        }
        return true;
    }

    private ModifyingRequest modifying(
            int command,
            long cookie,
            BioOp op,
            int bioFlags,
            int flags,
            Blocks blocks,
            ByteBuffer payload,
            PooledBuffer buffer) {
        boolean flushAfterwards = false;
        int allFlags = bioFlags;
        if (isFua(flags)) {
            if (limits().fua()) {
                allFlags |= BioFlags.FUA;
            } else {
                flushAfterwards = limits().writeCache();
            }
        }
        return new ModifyingRequest(
                transmission,
                command,
                cookie,
                op,
                allFlags,
                flushAfterwards,
                blocks.begin(),
                blocks.end() - blocks.begin(),
                payload,
                buffer);
    }

    private void flush(long cookie) {
        if (limits().writeCache()) {
            dispatcher.carryOut(new FlushRequest(transmission, cookie), true, isLast());
        } else {
            output.putStatus(Command.FLUSH, cookie, NbdError.OK, "");
        }
    }

    private void trim(Blocks blocks, long cookie, int flags) {
        Blocks inner = new Blocks(blocks.innerBegin(), blocks.innerEnd(), blockBytes);
        // A hint: parts of blocks are left as they are, and so is all if the device has lost the ability since this
        // client came.
        if (inner.begin() >= inner.end() || limits().maxDiscardSectors() == 0) {
            output.putStatus(Command.TRIM, cookie, NbdError.OK, "");
            return;
        }
        dispatcher.carryOut(
                modifying(Command.TRIM, cookie, BioOp.DISCARD, 0, flags, inner, null, null), true, isLast());
    }

    private void writeZeroes(Blocks blocks, long cookie, int flags) {
        int bioFlags = (flags & CommandFlags.NO_HOLE) != 0 ? BioFlags.NOUNMAP : BioFlags.NONE;
        QueueLimits limits = limits();
        boolean fast = (flags & CommandFlags.FAST_ZERO) != 0;
        if (fast && !(limits.fastZeroes() && blocks.isAligned())) {
            output.putStatus(Command.WRITE_ZEROES, cookie, NbdError.ENOTSUP, "");
        } else if (blocks.isAligned() && limits.maxWriteZeroesSectors() > 0) {
            int allFlags = fast ? bioFlags | BioFlags.FAST_ONLY : bioFlags;
            dispatcher.carryOut(
                    modifying(Command.WRITE_ZEROES, cookie, BioOp.WRITE_ZEROES, allFlags, flags, blocks, null, null),
                    true,
                    isLast());
        } else {
            boolean durable = isFua(flags) && limits.writeCache();
            dispatcher.carryOut(new ZeroJob(transmission, cookie, blocks, bioFlags, durable), true);
        }
    }

    private void prefetch(Blocks blocks, long cookie) {
        if (transmission.device().mayWait()) {
            dispatcher.carryOut(new PrefetchJob(transmission, cookie, blocks), true);
        } else {
            output.putStatus(Command.CACHE, cookie, NbdError.OK, "");
        }
    }

    private QueueLimits limits() {
        return transmission.device().limits();
    }

    private static boolean isFua(int flags) {
        return (flags & CommandFlags.FUA) != 0;
    }

    private boolean isLast() {
        return input.available() == 0;
    }
}
