package io.devicemapper.nbd.client;

import java.nio.ByteBuffer;

/**
 * The direct buffers of one device, used by its connections one after another, so that a server that keeps breaking the connection
 * does not make us take new ones each time.
 *
 * @param send what goes out is put together here
 * @param receive what comes in lands here
 */
record TransferBuffers(ByteBuffer send, ByteBuffer receive) {
    /** About thirty requests of 4 KiB leave in one system call. */
    private static final int SEND_BYTES = 128 << 10;

    /** About as much as a socket holds. */
    private static final int RECEIVE_BYTES = 256 << 10;

    static TransferBuffers allocate() {
        return new TransferBuffers(ByteBuffer.allocateDirect(SEND_BYTES), ByteBuffer.allocateDirect(RECEIVE_BYTES));
    }
}
