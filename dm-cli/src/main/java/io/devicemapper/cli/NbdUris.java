package io.devicemapper.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/**
 * The URIs that clients reach an export by.
 *
 * @see <a href="https://github.com/NetworkBlockDevice/nbd/blob/master/doc/uri.md">The NBD URI specification</a>
 */
final class NbdUris {
    /** What RFC 3986 lets stand in a path and in a query as it is, without what means something in a query or to a shell in quotes. */
    private static final String UNESCAPED =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:@!$()*,";

    private NbdUris() {}

    /** The URI of an export of a server that listens there. */
    static String of(String export, SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress unix) {
            return "nbd+unix:///" + escape(export) + "?socket="
                    + escape(unix.getPath().toString());
        }
        InetSocketAddress tcp = (InetSocketAddress) address;
        String port = tcp.getPort() == ListenAddress.NBD_PORT ? "" : ":" + tcp.getPort();
        return "nbd://" + host(tcp) + port + "/" + escape(export);
    }

    private static String host(InetSocketAddress address) {
        if (address.getAddress().isAnyLocalAddress() || address.getAddress().isLoopbackAddress()) {
            return address.getHostString().contains(":") ? "[::1]" : "localhost";
        }
        String host = address.getHostString();
        return host.contains(":") ? "[" + host + "]" : host;
    }

    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        for (byte b : text.getBytes(UTF_8)) {
            char c = (char) (b & 0xFF);
            if (UNESCAPED.indexOf(c) >= 0) {
                escaped.append(c);
            } else {
                escaped.append(String.format("%%%02X", (int) c));
            }
        }
        return escaped.toString();
    }
}
