package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The kinds of buffer that may come as a payload. */
enum PayloadKind {
    /** With an array that is exactly as long. */
    HEAP {
        @Override
        ByteBuffer allocate(int bytes) {
            return ByteBuffer.allocate(bytes);
        }
    },
    /** Off the heap: {@code array()} is missing. */
    DIRECT {
        @Override
        ByteBuffer allocate(int bytes) {
            return ByteBuffer.allocateDirect(bytes);
        }
    },
    /** Position and limit inside a longer buffer. */
    PART_OF_HEAP {
        @Override
        ByteBuffer allocate(int bytes) {
            return ByteBuffer.allocate(bytes + 2 * BESIDE).limit(BESIDE + bytes).position(BESIDE);
        }
    },
    /** Off the heap, with position and limit inside a longer buffer. */
    PART_OF_DIRECT {
        @Override
        ByteBuffer allocate(int bytes) {
            return ByteBuffer.allocateDirect(bytes + 2 * BESIDE)
                    .limit(BESIDE + bytes)
                    .position(BESIDE);
        }
    },
    /** A slice, whose array begins elsewhere. */
    SLICE {
        @Override
        ByteBuffer allocate(int bytes) {
            return ByteBuffer.allocate(bytes + 2 * BESIDE).slice(BESIDE, bytes);
        }
    },
    /** With the other byte order. */
    LITTLE_ENDIAN {
        @Override
        ByteBuffer allocate(int bytes) {
            return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
    },
    /** A write's payload may be read-only: then {@code array()} is missing, too. */
    READ_ONLY {
        @Override
        ByteBuffer allocate(int bytes) {
            return ByteBuffer.allocate(bytes);
        }

        @Override
        ByteBuffer source(byte[] content) {
            return super.source(content).asReadOnlyBuffer();
        }
    };

    /** Odd, so that nothing is aligned by chance. */
    private static final int BESIDE = 77;

    private static final byte UNTOUCHED = 0x5A;

    abstract ByteBuffer allocate(int bytes);

    /** A buffer with this content, for a write. */
    ByteBuffer source(byte[] content) {
        ByteBuffer buffer = allocate(content.length);
        return buffer.put(buffer.position(), content);
    }

    /** A buffer to be filled by a read. */
    ByteBuffer destination(int bytes) {
        ByteBuffer buffer = allocate(bytes);
        ByteBuffer all = buffer.duplicate().clear();
        while (all.hasRemaining()) {
            all.put(UNTOUCHED);
        }
        return buffer;
    }

    /** Sees that a read has filled its part of a longer buffer alone. */
    void assertNothingBesideTouched(ByteBuffer destination) {
        ByteBuffer all = destination.duplicate().clear();
        for (int at = 0; at < all.capacity(); at++) {
            if (at < destination.position() || at >= destination.limit()) {
                assertEquals(UNTOUCHED, all.get(at), "byte " + at + " beside the payload of kind " + this);
            }
        }
    }
}
