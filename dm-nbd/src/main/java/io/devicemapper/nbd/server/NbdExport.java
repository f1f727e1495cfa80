package io.devicemapper.nbd.server;

import io.devicemapper.block.BlockDevice;
import java.io.Closeable;
import java.io.IOException;

/** A block device that clients can connect to by name. Used by many threads at once. */
public interface NbdExport {
    /** The name that clients ask for: at most 4096 bytes in UTF-8, no NUL. */
    String name();

    /** A text about this export for people; empty for none. */
    default String description() {
        return "";
    }

    /** The device that is served. Asking for it has no side effect and opens nothing. */
    BlockDevice device();

    /** Whether clients may only read. */
    default boolean readOnly() {
        return device().isReadOnly();
    }

    /**
     * Counts a client as a user of the device. Called once for each client whose negotiation succeeded, before its first request,
     * and never for one that only asks for information.
     *
     * @param holder names the client in messages such as "busy", for example {@code NBD client 127.0.0.1:4711}
     * @return closed once, when the client has left and its last request has ended
     * @throws IOException if the device cannot be opened; the message goes to the client
     */
    Closeable open(String holder) throws IOException;
}
