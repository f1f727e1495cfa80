package io.devicemapper.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Where the daemon takes NBD clients: the argument of {@code --listen}. */
sealed interface ListenAddress {
    /** The port that IANA has for NBD. */
    int NBD_PORT = 10809;

    /** {@code tcp:HOST:PORT}; port 0 takes a free one. */
    record Tcp(String host, int port) implements ListenAddress {
        @Override
        public SocketAddress resolve() throws CliException {
            try {
                return new InetSocketAddress(InetAddress.getByName(host), port);
            } catch (UnknownHostException e) {
                throw new CliException("--listen " + this + ": unknown host '" + host + "'", e);
            }
        }

        @Override
        public String toString() {
            return "tcp:" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /** {@code unix:PATH}. */
    record Unix(Path path) implements ListenAddress {
        @Override
        public SocketAddress resolve() {
            return UnixDomainSocketAddress.of(path);
        }

        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /** The address to bind to. */
    SocketAddress resolve() throws CliException;

    /** Reads an argument of {@code --listen}. */
    static ListenAddress parse(String text) throws CliException {
        if (text.startsWith("unix:") && text.length() > "unix:".length()) {
            try {
                return new Unix(Path.of(text.substring("unix:".length())).toAbsolutePath());
            } catch (InvalidPathException e) {
                throw new CliException("--listen " + text + ": no path: " + e.getReason(), e);
            }
        }
        if (text.startsWith("tcp:")) {
            return tcp(text, text.substring("tcp:".length()));
        }
        throw malformed(text);
    }

    private static ListenAddress tcp(String text, String address) throws CliException {
        int colon = address.lastIndexOf(':');
        if (colon <= 0) {
            throw malformed(text);
        }
        String host = address.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            int port = Integer.parseInt(address.substring(colon + 1));
            if (port >= 0 && port <= 0xFFFF) {
                return new Tcp(host, port);
            }
        } catch (NumberFormatException e) {
            // Refused below, with every other text that is no port.
        }
        throw new CliException(
                "--listen " + text + ": expected a port from 0 to 65535, found '" + address.substring(colon + 1) + "'");
    }

    private static CliException malformed(String text) {
        return new CliException("--listen: expected tcp:HOST:PORT or unix:PATH, found '" + text + "'");
    }
}
