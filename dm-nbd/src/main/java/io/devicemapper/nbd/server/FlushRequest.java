package io.devicemapper.nbd.server;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.nbd.protocol.Command;

/** A FLUSH: covers every write that was replied to before, and those are bios that have ended. */
final class FlushRequest extends NbdRequest {
    FlushRequest(Transmission transmission, long cookie) {
        super(transmission, Command.FLUSH, cookie, BioOp.FLUSH, BioFlags.NONE, 0, 0, null);
    }

    @Override
    Reply reply() {
        return status();
    }
}
