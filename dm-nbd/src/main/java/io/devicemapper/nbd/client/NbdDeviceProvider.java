package io.devicemapper.nbd.client;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.DmApi;
import java.io.IOException;

/**
 * Opens exports of NBD servers. Names follow the NBD URI standard: {@code nbd://HOST[:PORT]/EXPORT} and {@code
 * nbd+unix:///EXPORT?socket=PATH}. Found by {@link java.util.ServiceLoader}; stateless.
 *
 * @see <a href="https://github.com/NetworkBlockDevice/nbd/blob/master/doc/uri.md">The NBD URI standard</a>
 */
public abstract sealed class NbdDeviceProvider implements BlockDeviceProvider {
    private final String scheme;

    private NbdDeviceProvider(String scheme) {
        this.scheme = scheme;
    }

    @Override
    public final String scheme() {
        return scheme;
    }

    @Override
    public final int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public String identity(String name, OpenContext context) throws IOException {
        return NbdUri.parse(name, context.directory()).canonical();
    }

    /**
     * Connects, negotiates, and starts the thread that receives replies.
     *
     * @throws IOException if the name is malformed, the server cannot be reached or does not speak NBD, or the export is missing,
     *     read-only where it is to be written, or cannot be used; the message begins with the name
     */
    @Override
    public BlockDevice open(String name, OpenContext context) throws IOException {
        return NbdDevice.open(NbdUri.parse(name, context.directory()), context.readOnly());
    }

    /** {@code nbd://HOST[:PORT]/EXPORT}. */
    public static final class Tcp extends NbdDeviceProvider {
        /** For {@link java.util.ServiceLoader}. */
        public Tcp() {
            super(NbdUri.TCP_SCHEME);
        }
    }

    /** {@code nbd+unix:///EXPORT?socket=PATH}. */
    public static final class Unix extends NbdDeviceProvider {
        /** For {@link java.util.ServiceLoader}. */
        public Unix() {
            super(NbdUri.UNIX_SCHEME);
        }
    }

    /** Says of names with an encrypted scheme that they are not supported, which is clearer than an unknown scheme. */
    private abstract static sealed class Tls extends NbdDeviceProvider {
        private Tls(String scheme) {
            super(scheme);
        }

        @Override
        public final String identity(String name, OpenContext context) throws IOException {
            throw refusal(name);
        }

        @Override
        public final BlockDevice open(String name, OpenContext context) throws IOException {
            throw refusal(name);
        }

        private IOException refusal(String name) {
            return new IOException(name + ": TLS is not supported; use the scheme " + scheme().replace("nbds", "nbd")
                    + ": on a network that is trusted, or through a tunnel");
        }
    }

    /** {@code nbds://}: refused. */
    public static final class TcpTls extends Tls {
        /** For {@link java.util.ServiceLoader}. */
        public TcpTls() {
            super("nbds");
        }
    }

    /** {@code nbds+unix://}: refused. */
    public static final class UnixTls extends Tls {
        /** For {@link java.util.ServiceLoader}. */
        public UnixTls() {
            super("nbds+unix");
        }
    }
}
