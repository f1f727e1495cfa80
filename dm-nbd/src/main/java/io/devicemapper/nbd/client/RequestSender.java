package io.devicemapper.nbd.client;

import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.Magic;
import io.devicemapper.nbd.protocol.WireSizes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;

/**
 * Feeds the socket of one connection from the {@link RequestQueue}. Used by one thread at a time, the one that the queue made the
 * sender; that thread takes along what others queue in the meantime, so that requests leave together.
 *
 * <p>Headers and most payloads are copied into one direct buffer and written at once. A long payload in direct memory is not
 * copied but gathered. A heap payload is always copied here: the JDK would copy it too, into a temporary buffer as large as
 * the payload that it keeps for each thread.
 */
final class RequestSender {
    /** Below this, a copy is cheaper than a buffer of its own in the gathering write. */
    private static final int GATHER_FROM_BYTES = 16 << 10;

    private final SocketChannel channel;
    private final RequestQueue queue;
    private final ByteBuffer staged;

    /** The request whose payload is not yet staged to its end, or null. */
    private NbdRequest current;

    private int currentStagedBytes;

    /** A view of a long direct payload that follows what is staged, or null. */
    private ByteBuffer gathered;

    /** @param staging a direct buffer that nobody else uses while this connection lives */
    RequestSender(SocketChannel channel, RequestQueue queue, ByteBuffer staging) {
        this.channel = channel;
        this.queue = queue;
        this.staged = staging.clear().flip();
    }

    /**
     * Sends until nothing is left, or the socket takes no more.
     *
     * @param answeredEarly gets the requests that were answered before they were sent to their end. The caller must end them
     *     once it is not the sender any more: what runs then may take its time, or close the device.
     * @return true if all is sent, and the caller is not the sender any more; false if the socket is full, and it still is
     */
    boolean send(List<NbdRequest> answeredEarly) throws IOException {
        while (true) {
            if (!staged.hasRemaining() && gathered == null) {
                stage(answeredEarly);
                if (!staged.hasRemaining() && gathered == null) {
                    if (queue.finishSending()) {
                        return true;
                    }
                    continue;
                }
            }
            if (gathered == null) {
                channel.write(staged);
            } else {
                channel.write(new ByteBuffer[] {staged, gathered});
            }
            if (staged.hasRemaining() || (gathered != null && gathered.hasRemaining())) {
                return false;
            }
            if (gathered != null) {
                gathered = null;
                finishCurrent(answeredEarly);
            }
        }
    }

    /** Copies headers and payloads while there is room. */
    private void stage(List<NbdRequest> answeredEarly) {
        staged.clear();
        while (true) {
            if (current == null) {
                if (staged.remaining() < WireSizes.REQUEST) {
                    break;
                }
                current = queue.nextToSend();
                if (current == null) {
                    break;
                }
                currentStagedBytes = 0;
                putHeader(current);
            }
            if (!stagePayload(answeredEarly)) {
                break;
            }
        }
        staged.flip();
    }

    private void putHeader(NbdRequest request) {
        staged.putInt(Magic.REQUEST)
                .putShort((short) request.commandFlags)
                .putShort((short) request.command)
                .putLong(request.cookie)
                .putLong(request.offsetBytes)
                .putInt((int) request.lengthBytes);
    }

    /** @return whether the current request is staged to its end, so that the next one may follow */
    private boolean stagePayload(List<NbdRequest> answeredEarly) {
        if (current.command == Command.WRITE) {
            int left = current.payloadBytes() - currentStagedBytes;
            int from = current.payloadStart + currentStagedBytes;
            if (current.payload.isDirect() && left >= GATHER_FROM_BYTES) {
                gathered = current.payload.duplicate().limit(from + left).position(from);
                queue.sending(current);
                return false;
            }
            int count = Math.min(left, staged.remaining());
            staged.put(staged.position(), current.payload, from, count).position(staged.position() + count);
            currentStagedBytes += count;
            if (count < left) {
                queue.sending(current);
                return false;
            }
        }
        finishCurrent(answeredEarly);
        return true;
    }

    private void finishCurrent(List<NbdRequest> answeredEarly) {
        if (queue.sent(current)) {
            answeredEarly.add(current);
        }
        current = null;
    }
}
