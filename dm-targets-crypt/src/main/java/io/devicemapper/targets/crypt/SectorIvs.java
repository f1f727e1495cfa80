package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The IVs that are the sector's number and nothing else, in one form or another. */
enum SectorIvs {
    /** 32 bits, little-endian, then zeroes: begins anew every 2 TiB. */
    PLAIN {
        @Override
        void put(long ivSector, int ivBytes, byte[] ivs, int at) {
            LITTLE_ENDIAN.set(ivs, at, ivSector & 0xFFFF_FFFFL);
        }
    },
    /** 64 bits, little-endian, then zeroes. */
    PLAIN64 {
        @Override
        void put(long ivSector, int ivBytes, byte[] ivs, int at) {
            LITTLE_ENDIAN.set(ivs, at, ivSector);
        }
    },
    /** Zeroes, then 64 bits, big-endian. */
    PLAIN64BE {
        @Override
        void put(long ivSector, int ivBytes, byte[] ivs, int at) {
            BIG_ENDIAN.set(ivs, at + ivBytes - Long.BYTES, ivSector);
        }
    },
    /** Zeroes. */
    NULL {
        @Override
        void put(long ivSector, int ivBytes, byte[] ivs, int at) {}
    };

    private static final VarHandle LITTLE_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BIG_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Writes one IV over zeroes. */
    abstract void put(long ivSector, int ivBytes, byte[] ivs, int at);

    /** A generator of IVs of this length, at least 8 bytes. */
    IvGenerator ofLength(int ivBytes) {
        return (ivSector, step, units, ivs) -> {
            Arrays.fill(ivs, 0, units * ivBytes, (byte) 0);
            long number = ivSector;
            for (int i = 0; i < units; i++) {
                put(number, ivBytes, ivs, i * ivBytes);
                number += step;
            }
        };
    }

    /**
     * The number of the unit's first cipher block, counted from 1, as {@link #PLAIN64BE}: the mode {@code benbi}.
     *
     * @param blockBytes a power of two, at most 512
     */
    static IvGenerator benbi(int ivBytes, int blockBytes) {
        int shift = Integer.numberOfTrailingZeros(512 / blockBytes);
        return (ivSector, step, units, ivs) -> {
            Arrays.fill(ivs, 0, units * ivBytes, (byte) 0);
            long number = ivSector;
            for (int i = 0; i < units; i++) {
                PLAIN64BE.put((number << shift) + 1, ivBytes, ivs, i * ivBytes);
                number += step;
            }
        };
    }
}
