package io.devicemapper.nbd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of exports, well-formed and not. */
class NbdUriTest {
    private static final Path DIRECTORY = Path.of("/folder");

    private static NbdUri parse(String text) throws IOException {
        return NbdUri.parse(text, DIRECTORY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nbd://Example.org/disk | nbd://example.org:10809/disk",
                "nbd://example.org:10810/disk?connect-timeout=5 | nbd://example.org:10810/disk",
                "nbd://example.org: | nbd://example.org:10809/",
                "nbd://example.org | nbd://example.org:10809/",
                "nbd://[::1]:1/a%20b | nbd://[0:0:0:0:0:0:0:1]:1/a%20b",
                "nbd://[0:0:0:0:0:0:0:1]:1/a%20%62 | nbd://[0:0:0:0:0:0:0:1]:1/a%20b",
                "nbd://h//slash | nbd://h:10809//slash",
                "nbd://h/%C3%BC | nbd://h:10809/%C3%BC",
                "nbd://h/%3F%23%25 | nbd://h:10809/%3F%23%25",
                "nbd+unix:///disk?socket=/run/s%20x | nbd+unix:///disk?socket=/run/s%20x",
                "nbd+unix:///?socket=sub/../s&reconnect-timeout=3 | nbd+unix:///?socket=/folder/s",
            })
    void oneTextForAllWaysToWriteIt(String written, String canonical) throws IOException {
        assertEquals(canonical, parse(written).canonical());
        assertEquals(canonical, parse(canonical).canonical());
        assertEquals(canonical, Devices.provider(written).identity(canonical, Devices.context(false)));
    }

    @Test
    void parts() throws IOException {
        NbdUri uri = parse("nbd://host:1/a%2Fb/c?connect-timeout=1&reconnect-timeout=2&request-timeout=3");
        assertEquals("host", uri.host());
        assertEquals(1, uri.port());
        assertEquals("a/b/c", uri.exportName());
        assertEquals(TimeUnit.SECONDS.toNanos(1), uri.connectTimeoutNanos());
        assertEquals(TimeUnit.SECONDS.toNanos(2), uri.reconnectTimeoutNanos());
        assertEquals(TimeUnit.SECONDS.toNanos(3), uri.requestTimeoutNanos());
        NbdUri plain = parse("nbd://host");
        assertEquals(TimeUnit.SECONDS.toNanos(10), plain.connectTimeoutNanos());
        assertEquals(NbdUri.NEVER, plain.reconnectTimeoutNanos());
        assertEquals(NbdUri.NEVER, plain.requestTimeoutNanos());
        assertEquals(Path.of("/folder/s"), parse("nbd+unix:///x?socket=s").socket());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nbd:host/disk | expected nbd://HOST[:PORT]/EXPORT, HOST missing",
                "nbd:///disk | expected nbd://HOST[:PORT]/EXPORT, HOST missing",
                "nbd://user@host/disk | a user name is only used with TLS, which is not supported",
                "nbd://host:0/disk | port '0', expected a number from 1 to 65535",
                "nbd://host:65536/disk | port '65536', expected a number from 1 to 65535",
                "nbd://host:x/disk | port 'x', expected a number from 1 to 65535",
                "nbd://::1/disk | an IPv6 address stands in brackets: nbd://[ADDRESS]:PORT/EXPORT",
                "nbd://[::1/disk | '[' without ']' in the host",
                "nbd://[localhost]/disk | '[localhost]' is not an IPv6 address",
                "nbd://host/a#b | '#' has no meaning here; as part of a name it is written %23",
                "nbd://host/a%2 | '%' in 'a%2' is not followed by two hexadecimal digits",
                "nbd://host/%00 | the export name contains a NUL character",
                "nbd://host/%FF | '%FF' is not UTF-8 when its percent signs are resolved",
                "nbd://host/a?timeout=3 | unknown option 'timeout'; known: connect-timeout, reconnect-timeout,"
                        + " request-timeout",
                "nbd://host/a?socket=s | unknown option 'socket'; known: connect-timeout, reconnect-timeout,"
                        + " request-timeout",
                "nbd://host/a?connect-timeout=0 | connect-timeout=0, expected a number of seconds from 1 to 31622400",
                "nbd://host/a?connect-timeout | option 'connect-timeout' has no value, expected connect-timeout=VALUE",
                "nbd://host/a?connect-timeout=1&connect-timeout=2 | option 'connect-timeout' is given twice",
                "nbd+unix:///disk | expected nbd+unix:///EXPORT?socket=PATH, socket missing",
                "nbd+unix://disk?socket=s | 'disk' where nothing is expected: nbd+unix:///EXPORT has three slashes",
                "nbd+unix:disk?socket=s | expected nbd+unix:///EXPORT?socket=PATH",
                "nbd+unix:///x?sockets=s | unknown option 'sockets'; known: connect-timeout, reconnect-timeout,"
                        + " request-timeout, socket",
            })
    void whatIsWrongIsSaidInOneLine(String written, String reason) {
        IOException e = assertThrows(IOException.class, () -> parse(written));
        assertEquals(written + ": " + reason, e.getMessage());
    }

    @Test
    void lengthsThatTheProtocolOrTheSystemDoesNotTake() {
        IOException name = assertThrows(IOException.class, () -> parse("nbd://host/" + "x".repeat(4097)));
        assertTrue(name.getMessage().endsWith("4097 bytes, the protocol takes at most 4096"), name.getMessage());
        IOException path = assertThrows(IOException.class, () -> parse("nbd+unix:///x?socket=/" + "s".repeat(107)));
        assertTrue(path.getMessage().endsWith("has 108 bytes, the system takes at most 107"), path.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"nbds://host/disk,nbd:", "nbds+unix:///disk?socket=/s,nbd+unix:"})
    void encryptedSchemesAreRefused(String written, String instead) {
        IOException opened = assertThrows(IOException.class, () -> Devices.open(written));
        assertEquals(
                written + ": TLS is not supported; use the scheme " + instead
                        + " on a network that is trusted, or through a tunnel",
                opened.getMessage());
        assertThrows(IOException.class, () -> Devices.provider(written).identity(written, Devices.context(false)));
    }
}
