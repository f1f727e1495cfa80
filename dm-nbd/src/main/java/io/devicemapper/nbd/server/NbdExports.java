package io.devicemapper.nbd.server;

import io.devicemapper.block.BlockDevice;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a server has to offer: asked anew for each client, so that exports may come and go. Used by many threads at once; must
 * not block for long, since a client waits for it.
 */
public interface NbdExports {
    /** The exports to show to a client that asks for a list. */
    List<NbdExport> list();

    /**
     * Looks an export up.
     *
     * @param name as the client sent it; the empty name asks for a default, such as the only export
     */
    Optional<NbdExport> find(String name);

    /**
     * Serves the given devices under the given names, to any number of clients. The empty name finds the only device where there is
     * just one. The devices stay the caller's to close, after the server.
     *
     * @throws IllegalArgumentException if a name is longer than 4096 bytes in UTF-8 or contains NUL
     */
    static NbdExports of(Map<String, ? extends BlockDevice> devices) {
        return new DeviceExports(devices);
    }
}
