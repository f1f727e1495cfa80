package io.devicemapper.nbd.protocol;

import io.devicemapper.block.BioStatus;

/** The error numbers of replies. They are the protocol's own, whatever {@code errno} values the platform has. */
public final class NbdError {
    /** No error. */
    public static final int OK = 0;

    /** Not permitted: the export is read-only. */
    public static final int EPERM = 1;

    /** I/O error. */
    public static final int EIO = 5;

    /** Out of memory. */
    public static final int ENOMEM = 12;

    /** The request makes no sense. */
    public static final int EINVAL = 22;

    /** No space left; for a write, also beyond the end. */
    public static final int ENOSPC = 28;

    /** Too long to answer in one piece. */
    public static final int EOVERFLOW = 75;

    /** Not supported; only for FAST_ZERO. */
    public static final int ENOTSUP = 95;

    /** The server is about to stop. */
    public static final int ESHUTDOWN = 108;

    private NbdError() {}

    /**
     * The error that tells a client how a bio ended.
     *
     * @param status how the bio ended
     * @param fastZero whether the request carried FAST_ZERO, the one case in which ENOTSUP is allowed
     */
    public static int of(BioStatus status, boolean fastZero) {
        return switch (status) {
            case OK -> OK;
            case UNSUPPORTED -> fastZero ? ENOTSUP : EINVAL;
            case NO_SPACE -> ENOSPC;
            case NOT_PERMITTED -> EPERM;
            case IO, MEDIUM, PROTECTION, TRANSPORT, TIMEOUT, TARGET -> EIO;
        };
    }

    /**
     * The status of a bio that a server answered with an error. Never {@link BioStatus#TRANSPORT} for what the device behind the
     * server did, since the path there works; a server that stops is a path that breaks.
     *
     * @param error an error number off the wire, also an unknown one
     */
    public static BioStatus toStatus(int error) {
        return switch (error) {
            case OK -> BioStatus.OK;
            case EPERM -> BioStatus.NOT_PERMITTED;
            case ENOSPC -> BioStatus.NO_SPACE;
            case ENOTSUP -> BioStatus.UNSUPPORTED;
            case ESHUTDOWN -> BioStatus.TRANSPORT;
            default -> BioStatus.TARGET;
        };
    }

    /** The error's symbol; its number where the protocol has none. */
    public static String name(int error) {
        return switch (error) {
            case OK -> "OK";
            case EPERM -> "EPERM";
            case EIO -> "EIO";
            case ENOMEM -> "ENOMEM";
            case EINVAL -> "EINVAL";
            case ENOSPC -> "ENOSPC";
            case EOVERFLOW -> "EOVERFLOW";
            case ENOTSUP -> "ENOTSUP";
            case ESHUTDOWN -> "ESHUTDOWN";
            default -> "error " + Integer.toUnsignedString(error);
        };
    }
}
