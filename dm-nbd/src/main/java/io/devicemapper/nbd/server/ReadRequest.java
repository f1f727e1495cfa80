package io.devicemapper.nbd.server;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.NbdError;

/** A READ. Its data goes into the place behind the header of its reply, so that nothing is copied. */
final class ReadRequest extends NbdRequest {
    private final PooledBuffer buffer;
    private final int dataBegin;
    private final long offset;
    private final int dataBytes;

    /**
     * @param buffer where the data goes; once detached, the request is one of its users until the reply has gone
     * @param coverBegin where in the buffer the first block begins, with room for the reply's header in front
     * @param blocks the asked bytes; what is around them in their blocks is read as well
     */
    ReadRequest(Transmission transmission, long cookie, PooledBuffer buffer, int coverBegin, Blocks blocks) {
        super(
                transmission,
                Command.READ,
                cookie,
                BioOp.READ,
                BioFlags.NONE,
                blocks.coverBegin() >> Bio.SECTOR_SHIFT,
                blocks.coverBytes() >> Bio.SECTOR_SHIFT,
                buffer.slice(coverBegin, (int) blocks.coverBytes()));
        this.buffer = buffer;
        this.dataBegin = coverBegin + blocks.headBytes();
        this.offset = blocks.begin();
        this.dataBytes = (int) (blocks.end() - blocks.begin());
    }

    /** Puts the header in front of the data, or the error in its place; the length of the whole reply, from its begin on. */
    int formatReply(ReplyFormat format) {
        int begin = replyBegin(format);
        int error = error();
        if (error != NbdError.OK) {
            return format.putStatus(buffer.memory(), begin, command(), cookie(), error, errorText());
        }
        format.putReadHeader(buffer.memory(), begin, cookie(), offset, dataBytes);
        return format.readHeaderBytes() + dataBytes;
    }

    private int replyBegin(ReplyFormat format) {
        return dataBegin - format.readHeaderBytes();
    }

    @Override
    Reply reply() {
        if (error() != NbdError.OK) {
            if (payloadAbandoned()) {
                buffer.abandon();
            }
            buffer.release();
            return status();
        }
        ReplyFormat format = transmission().format();
        int bytes = formatReply(format);
        return Reply.message(buffer.slice(replyBegin(format), bytes), buffer);
    }
}
