package io.devicemapper.block;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Opens block devices of one scheme, such as {@code ram} in {@code ram:scratch?size=64M}.
 *
 * <p>Found by {@link java.util.ServiceLoader}. Stateless as seen by the host, which calls {@link #open} once for each identity
 * and mode, keeps the device as long as a table uses it, and then closes it. Calls may come from several threads, never two at
 * once for the same identity.
 */
public interface BlockDeviceProvider {
    /**
     * The scheme, without the colon: a lower-case letter followed by lower-case letters, digits, {@code +}, {@code -} or {@code .}
     * (RFC 3986, section 3.1), at least two characters.
     */
    String scheme();

    /** The API level that this provider was compiled against: always {@code return DmApi.LEVEL;}. */
    int apiLevel();

    /**
     * A text that is the same for two names exactly if they mean the same device, such as a file's real path. Must have no
     * side effect.
     *
     * @param name the device name as written, scheme included
     * @param context where the name was written
     * @throws IOException if the name is malformed, or there is no such device and {@link #open} would not make it
     */
    String identity(String name, OpenContext context) throws IOException;

    /**
     * Opens the device.
     *
     * @param name the device name as written, scheme included
     * @param context where the name was written, and how the device will be used
     * @return a device whose {@link BlockDevice#name} is {@code name}
     * @throws IOException if it cannot be opened; the message says why and names the device, and for a device in use the holder
     */
    BlockDevice open(String name, OpenContext context) throws IOException;

    /** Where a device name was written, and how the device will be used. */
    interface OpenContext {
        /** The absolute folder that relative paths start from. */
        Path directory();

        /** Whether the device will only be read. */
        boolean readOnly();
    }
}
