package io.devicemapper.cli;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;

/** Sends one command to the daemon of a home, and waits for its response. */
final class ControlClient {
    private ControlClient() {}

    /**
     * Sends and waits.
     *
     * @throws CliException if no daemon answers
     */
    static ControlResponse call(Home home, ControlRequest request) throws CliException {
        try (SocketChannel channel = connect(home)) {
            try {
                ControlProtocol.write(channel, request);
            } catch (ControlProtocol.ProtocolException e) {
                throw new CliException(e.getMessage(), e);
            }
            return ControlProtocol.readResponse(channel);
        } catch (ControlProtocol.ProtocolException e) {
            throw new CliException(
                    home.controlSocket() + ": " + e.getMessage() + "; restart the daemon with this version of dm", e);
        } catch (IOException e) {
            throw new CliException("the daemon at " + home.controlSocket() + " did not answer: " + Reasons.of(e), e);
        }
    }

    private static SocketChannel connect(Home home) throws CliException, IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(home.controlSocket()));
            return channel;
        } catch (IOException e) {
            channel.close();
            boolean forbidden = Files.exists(home.controlSocket()) && !Files.isWritable(home.controlSocket());
            throw new CliException(
                    forbidden
                            ? "permission denied to " + home.controlSocket()
                            : "no daemon listens on " + home.controlSocket() + "; start one with: dm serve [DMTAB...]",
                    e);
        }
    }
}
