package io.devicemapper.nbd.client;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * A device name of the scheme {@code nbd} or {@code nbd+unix}, taken apart.
 *
 * @param text the name as it was written
 * @param host the server's name or address without brackets; null for a Unix socket
 * @param port the server's TCP port; 0 for a Unix socket
 * @param socket the absolute path of the server's Unix socket; null for TCP
 * @param exportName the export, at most 4096 bytes of UTF-8; empty for the server's default export
 * @param connectTimeoutNanos how long connecting and negotiating may take together
 * @param reconnectTimeoutNanos how long bios wait for a lost connection; {@link #NEVER} if they wait without bound
 * @param requestTimeoutNanos how long a server may leave a request without an answer before its connection is given up;
 *     {@link #NEVER} if it may take any time
 * @see <a href="https://github.com/NetworkBlockDevice/nbd/blob/master/doc/uri.md">The NBD URI standard</a>
 */
record NbdUri(
        String text,
        String host,
        int port,
        Path socket,
        String exportName,
        long connectTimeoutNanos,
        long reconnectTimeoutNanos,
        long requestTimeoutNanos) {
    static final String TCP_SCHEME = "nbd";
    static final String UNIX_SCHEME = "nbd+unix";

    /** The port that IANA gave to NBD. */
    static final int DEFAULT_PORT = 10809;

    /** Stands for a time-out that never comes. */
    static final long NEVER = Long.MAX_VALUE;

    private static final long DEFAULT_CONNECT_TIMEOUT_SECONDS = 10;

    /** A longer time-out could not be told from none, and would overflow in nanoseconds. */
    private static final long MAX_TIMEOUT_SECONDS = TimeUnit.DAYS.toSeconds(366);

    /** The protocol's bound on any string. */
    private static final int MAX_EXPORT_NAME_BYTES = 4096;

    /** What {@code sockaddr_un} holds on Linux, less the closing NUL. */
    private static final int MAX_SOCKET_PATH_BYTES = 107;

    private static final String SOCKET = "socket";
    private static final String CONNECT_TIMEOUT = "connect-timeout";
    private static final String RECONNECT_TIMEOUT = "reconnect-timeout";
    private static final String REQUEST_TIMEOUT = "request-timeout";
    private static final Set<String> TCP_KEYS = Set.of(CONNECT_TIMEOUT, RECONNECT_TIMEOUT, REQUEST_TIMEOUT);
    private static final Set<String> UNIX_KEYS = Set.of(SOCKET, CONNECT_TIMEOUT, RECONNECT_TIMEOUT, REQUEST_TIMEOUT);

    /**
     * Takes a name apart.
     *
     * @param directory where a relative socket path starts
     * @throws IOException if the name is malformed; the message begins with the name and says what was expected
     */
    static NbdUri parse(String text, Path directory) throws IOException {
        int colon = text.indexOf(':');
        String scheme = colon < 0 ? "" : text.substring(0, colon);
        boolean unix = scheme.equals(UNIX_SCHEME);
        if (!unix && !scheme.equals(TCP_SCHEME)) {
            throw malformed(text, "expected the scheme nbd: or nbd+unix:");
        }
        String rest = text.substring(colon + 1);
        if (!rest.startsWith("//")) {
            throw malformed(
                    text,
                    unix
                            ? "expected nbd+unix:///EXPORT?socket=PATH"
                            : "expected nbd://HOST[:PORT]/EXPORT, HOST missing");
        }
        if (rest.indexOf('#') >= 0) {
            throw malformed(text, "'#' has no meaning here; as part of a name it is written %23");
        }
        int question = rest.indexOf('?');
        String hierarchy = question < 0 ? rest.substring(2) : rest.substring(2, question);
        int slash = hierarchy.indexOf('/');
        String authority = slash < 0 ? hierarchy : hierarchy.substring(0, slash);
        String exportName = slash < 0 ? "" : decode(text, hierarchy.substring(slash + 1));
        checkExportName(text, exportName);
        Map<String, String> query =
                query(text, question < 0 ? "" : rest.substring(question + 1), unix ? UNIX_KEYS : TCP_KEYS);

        String host = null;
        int port = 0;
        Path socket = null;
        if (unix) {
            if (!authority.isEmpty()) {
                throw malformed(
                        text, "'" + authority + "' where nothing is expected: nbd+unix:///EXPORT has three slashes");
            }
            socket = socket(text, query.get(SOCKET), directory);
        } else {
            int hostEnd = hostEnd(text, authority);
            host = host(text, authority.substring(0, hostEnd));
            port = port(text, authority.substring(hostEnd));
        }
        long connectTimeoutNanos = timeoutNanos(text, query, CONNECT_TIMEOUT);
        return new NbdUri(
                text,
                host,
                port,
                socket,
                exportName,
                connectTimeoutNanos == NEVER
                        ? TimeUnit.SECONDS.toNanos(DEFAULT_CONNECT_TIMEOUT_SECONDS)
                        : connectTimeoutNanos,
                timeoutNanos(text, query, RECONNECT_TIMEOUT),
                timeoutNanos(text, query, REQUEST_TIMEOUT));
    }

    /** The same text for every way to write the same export; without options, which do not change what the device is. */
    String canonical() throws IOException {
        if (socket != null) {
            return UNIX_SCHEME + ":///" + encode(exportName) + "?socket="
                    + encode(realSocket().toString());
        }
        return TCP_SCHEME + "://" + endpointOf(canonicalHost()) + "/" + encode(exportName);
    }

    /** Where the server is, for messages. */
    String endpoint() {
        return socket != null ? socket.toString() : endpointOf(host);
    }

    private String endpointOf(String someHost) {
        return (someHost.indexOf(':') >= 0 ? "[" + someHost + "]" : someHost) + ":" + port;
    }

    private String canonicalHost() throws IOException {
        // An address has several spellings, and reading one asks no name server. A name stays a name: what it stands
        // for may change.
        return host.indexOf(':') >= 0 ? InetAddress.getByName(host).getHostAddress() : host.toLowerCase(Locale.ROOT);
    }

    private Path realSocket() throws IOException {
        // The socket itself is gone while its server is down; the folder is what may be a link.
        Path folder = socket.getParent();
        return folder != null && Files.isDirectory(folder) ? folder.toRealPath().resolve(socket.getFileName()) : socket;
    }

    private static int hostEnd(String text, String authority) throws IOException {
        if (authority.indexOf('@') >= 0) {
            throw malformed(text, "a user name is only used with TLS, which is not supported");
        }
        if (authority.startsWith("[")) {
            int close = authority.indexOf(']');
            if (close < 0) {
                throw malformed(text, "'[' without ']' in the host");
            }
            return close + 1;
        }
        int colon = authority.indexOf(':');
        if (colon != authority.lastIndexOf(':')) {
            throw malformed(text, "an IPv6 address stands in brackets: nbd://[ADDRESS]:PORT/EXPORT");
        }
        return colon < 0 ? authority.length() : colon;
    }

    private static String host(String text, String written) throws IOException {
        if (!written.startsWith("[")) {
            if (written.isEmpty()) {
                throw malformed(text, "expected nbd://HOST[:PORT]/EXPORT, HOST missing");
            }
            return decode(text, written);
        }
        String address = decode(text, written.substring(1, written.length() - 1));
        boolean plausible = address.indexOf(':') >= 0
                && address.chars().limit(addressLength(address)).allMatch(NbdUri::isAddressCharacter);
        if (plausible) {
            try {
                InetAddress.getByName(address);
                return address;
            } catch (IOException e) {
                throw malformed(text, "'" + written + "' is not an IPv6 address: " + e.getMessage());
            }
        }
        throw malformed(text, "'" + written + "' is not an IPv6 address");
    }

    private static int addressLength(String address) {
        int zone = address.indexOf('%');
        return zone < 0 ? address.length() : zone;
    }

    private static boolean isAddressCharacter(int c) {
        return Character.digit(c, 16) >= 0 || c == ':' || c == '.';
    }

    private static int port(String text, String written) throws IOException {
        if (written.isEmpty() || written.equals(":")) {
            return DEFAULT_PORT;
        }
        String digits = written.substring(1);
        boolean number = written.charAt(0) == ':'
                && digits.length() <= 5
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        int port = number ? Integer.parseInt(digits) : 0;
        if (port < 1 || port > 65535) {
            throw malformed(text, "port '" + digits + "', expected a number from 1 to 65535");
        }
        return port;
    }

    private static Path socket(String text, String written, Path directory) throws IOException {
        if (written == null || written.isEmpty()) {
            throw malformed(text, "expected nbd+unix:///EXPORT?socket=PATH, socket missing");
        }
        Path socket;
        try {
            socket = directory.resolve(written).normalize();
        } catch (InvalidPathException e) {
            throw malformed(text, "socket '" + written + "' is not a path: " + e.getReason());
        }
        int bytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_SOCKET_PATH_BYTES) {
            throw malformed(
                    text,
                    "socket path '" + socket + "' has " + bytes + " bytes, the system takes at most "
                            + MAX_SOCKET_PATH_BYTES);
        }
        return socket;
    }

    private static void checkExportName(String text, String exportName) throws IOException {
        if (exportName.indexOf('\0') >= 0) {
            throw malformed(text, "the export name contains a NUL character");
        }
        int bytes = exportName.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_EXPORT_NAME_BYTES) {
            throw malformed(
                    text,
                    "the export name has " + bytes + " bytes, the protocol takes at most " + MAX_EXPORT_NAME_BYTES);
        }
    }

    private static Map<String, String> query(String text, String written, Set<String> known) throws IOException {
        Map<String, String> query = new TreeMap<>();
        for (String part : written.split("[&;]", -1)) {
            if (part.isEmpty()) {
                continue;
            }
            int equals = part.indexOf('=');
            String key = decode(text, equals < 0 ? part : part.substring(0, equals));
            if (!known.contains(key)) {
                throw malformed(
                        text, "unknown option '" + key + "'; known: " + String.join(", ", new TreeSet<>(known)));
            }
            if (equals < 0) {
                throw malformed(text, "option '" + key + "' has no value, expected " + key + "=VALUE");
            }
            if (query.put(key, decode(text, part.substring(equals + 1))) != null) {
                throw malformed(text, "option '" + key + "' is given twice");
            }
        }
        return query;
    }

    private static long timeoutNanos(String text, Map<String, String> query, String key) throws IOException {
        String written = query.get(key);
        if (written == null) {
            return NEVER;
        }
        boolean number =
                !written.isEmpty() && written.length() <= 9 && written.chars().allMatch(c -> c >= '0' && c <= '9');
        long seconds = number ? Long.parseLong(written) : 0;
        if (seconds < 1 || seconds > MAX_TIMEOUT_SECONDS) {
            throw malformed(
                    text, key + "=" + written + ", expected a number of seconds from 1 to " + MAX_TIMEOUT_SECONDS);
        }
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    private static String decode(String text, String written) throws IOException {
        byte[] in = written.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(in.length);
        for (int i = 0; i < in.length; i++) {
            if (in[i] != '%') {
                out.put(in[i]);
                continue;
            }
            int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
            if (high < 0 || low < 0) {
                throw malformed(text, "'%' in '" + written + "' is not followed by two hexadecimal digits");
            }
            out.put((byte) ((high << 4) | low));
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(out.flip()).toString();
        } catch (CharacterCodingException e) {
            throw malformed(text, "'" + written + "' is not UTF-8 when its percent signs are resolved");
        }
    }

    private static String encode(String plain) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : plain.getBytes(StandardCharsets.UTF_8)) {
            boolean asItIs = (b >= 'a' && b <= 'z')
                    || (b >= 'A' && b <= 'Z')
                    || (b >= '0' && b <= '9')
                    || "-._~/".indexOf(b) >= 0;
            if (asItIs) {
                encoded.append((char) b);
            } else {
                encoded.append(String.format("%%%02X", b & 0xff));
            }
        }
        return encoded.toString();
    }

    private static IOException malformed(String text, String reason) {
        return new IOException(text + ": " + reason);
    }
}
