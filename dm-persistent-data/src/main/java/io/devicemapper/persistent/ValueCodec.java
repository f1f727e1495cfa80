package io.devicemapper.persistent;

import java.util.Objects;

/**
 * How values of a B-tree are stored: in a fixed number of bytes.
 *
 * @param <V> the values
 */
public interface ValueCodec<V> {
    /** Bytes that each value takes, 1 to 1024. Always the same. */
    int bytes();

    /** The value stored from {@code offset} on. Reads {@link #bytes} bytes, keeps no reference to the array. */
    V decode(byte[] block, int offset);

    /** Stores a value from {@code offset} on, in exactly {@link #bytes} bytes. */
    void encode(V value, byte[] block, int offset);

    /** u64, little-endian. */
    ValueCodec<Long> U64 = new ValueCodec<>() {
        @Override
        public int bytes() {
            return Long.BYTES;
        }

        @Override
        public Long decode(byte[] block, int offset) {
            return LittleEndian.getLong(block, offset);
        }

        @Override
        public void encode(Long value, byte[] block, int offset) {
            LittleEndian.putLong(block, offset, value);
        }
    };

    /** u32, little-endian. */
    ValueCodec<Integer> U32 = new ValueCodec<>() {
        @Override
        public int bytes() {
            return Integer.BYTES;
        }

        @Override
        public Integer decode(byte[] block, int offset) {
            return LittleEndian.getInt(block, offset);
        }

        @Override
        public void encode(Integer value, byte[] block, int offset) {
            LittleEndian.putInt(block, offset, value);
        }
    };

    /** Byte arrays of one length, as they are. */
    static ValueCodec<byte[]> ofBytes(int length) {
        return new ValueCodec<>() {
            @Override
            public int bytes() {
                return length;
            }

            @Override
            public byte[] decode(byte[] block, int offset) {
                byte[] value = new byte[length];
                System.arraycopy(block, offset, value, 0, length);
                return value;
            }

            @Override
            public void encode(byte[] value, byte[] block, int offset) {
                if (Objects.requireNonNull(value, "value").length != length) {
                    throw new IllegalArgumentException("a value of " + value.length + " bytes, expected " + length);
                }
                System.arraycopy(value, 0, block, offset, length);
            }
        };
    }
}
