package io.devicemapper.nbd.server;

import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.CommandFlags;
import io.devicemapper.nbd.protocol.NbdError;
import io.devicemapper.nbd.protocol.TransmissionFlags;
import io.devicemapper.nbd.protocol.WireSizes;

/** Decides whether a request may be carried out at all, from what its client negotiated. */
final class RequestCheck {
    private final ExportOffer offer;
    private final boolean structuredReplies;
    private final boolean allocationContext;
    private final int alignmentMask;

    RequestCheck(Session session) {
        this.offer = session.offer();
        this.structuredReplies = session.structuredReplies();
        this.allocationContext = session.allocationContext();
        this.alignmentMask = session.blockSizesAgreed() ? offer.minimumBlockBytes() - 1 : 0;
    }

    /**
     * The error that a request is to be answered with, or {@link NbdError#OK}.
     *
     * @param offset as it came off the wire: unsigned, so that a negative one is beyond every end
     * @param bytes from 0 to 2^32 - 1
     */
    int error(int command, int flags, long offset, long bytes) {
        return switch (command) {
            case Command.READ ->
                bytes > WireSizes.MAX_PAYLOAD
                        ? NbdError.EINVAL
                        : ranged(flags, structuredReplies ? CommandFlags.DF : 0, offset, bytes, NbdError.EINVAL);
            case Command.WRITE -> {
                int error = modifying(flags, 0, offset, bytes, NbdError.ENOSPC);
                yield error == NbdError.OK && bytes > WireSizes.MAX_PAYLOAD ? NbdError.EINVAL : error;
            }
            case Command.FLUSH ->
                (flags & ~CommandFlags.FUA) != 0 || offset != 0 || bytes != 0 ? NbdError.EINVAL : NbdError.OK;
            case Command.TRIM ->
                offer.has(TransmissionFlags.SEND_TRIM) || offer.has(TransmissionFlags.READ_ONLY)
                        ? modifying(flags, 0, offset, bytes, NbdError.EINVAL)
                        : NbdError.EINVAL;
            case Command.WRITE_ZEROES ->
                modifying(flags, CommandFlags.NO_HOLE | CommandFlags.FAST_ZERO, offset, bytes, NbdError.ENOSPC);
            case Command.CACHE -> ranged(flags, 0, offset, bytes, NbdError.EINVAL);
            case Command.BLOCK_STATUS ->
                !allocationContext || bytes == 0
                        ? NbdError.EINVAL
                        : ranged(flags, CommandFlags.REQ_ONE, offset, bytes, NbdError.EINVAL);
            default -> NbdError.EINVAL;
        };
    }

    private int modifying(int flags, int allowedFlags, long offset, long bytes, int beyondEnd) {
        if (offer.has(TransmissionFlags.READ_ONLY)) {
            return NbdError.EPERM;
        }
        return ranged(flags, allowedFlags, offset, bytes, beyondEnd);
    }

    private int ranged(int flags, int allowedFlags, long offset, long bytes, int beyondEnd) {
        // FUA is advertised, and so allowed with every command.
        if ((flags & ~(allowedFlags | CommandFlags.FUA)) != 0 || ((offset | bytes) & alignmentMask) != 0) {
            return NbdError.EINVAL;
        }
        if (offset < 0 || offset > offer.sizeBytes() || bytes > offer.sizeBytes() - offset) {
            return beyondEnd;
        }
        return NbdError.OK;
    }
}
