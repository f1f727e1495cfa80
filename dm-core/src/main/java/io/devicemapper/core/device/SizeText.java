package io.devicemapper.core.device;

import io.devicemapper.block.Bio;

/**
 * Sizes as a user writes them: a number of bytes, or a number with a suffix: {@code s} for sectors of 512 bytes, or {@code K},
 * {@code M}, {@code G}, {@code T}, {@code P} in either case for powers of 1024.
 */
final class SizeText {
    private static final String POWERS_OF_1024 = "KMGTP";

    private SizeText() {}

    /**
     * The size in bytes, from 0 to 2^63-1.
     *
     * @throws IllegalArgumentException if the text is no size, or the size is beyond 2^63-1 bytes; the message names the text
     */
    static long parseBytes(String text) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        long unitBytes = unitBytes(text.substring(digits));
        if (digits == 0 || unitBytes == 0) {
            throw new IllegalArgumentException("size '" + text
                    + "': expected a number of bytes, or a number followed by s (sectors), K, M, G, T or P");
        }
        try {
            return Math.multiplyExact(Long.parseLong(text.substring(0, digits)), unitBytes);
        } catch (NumberFormatException | ArithmeticException e) {
            throw new IllegalArgumentException("size '" + text + "': more than 2^63-1 bytes", e);
        }
    }

    private static long unitBytes(String suffix) {
        if (suffix.isEmpty()) {
            return 1;
        }
        if (suffix.equals("s")) {
            return Bio.SECTOR_SIZE;
        }
        int power = suffix.length() == 1 ? POWERS_OF_1024.indexOf(Character.toUpperCase(suffix.charAt(0))) : -1;
        return power < 0 ? 0 : 1L << (10 * (power + 1));
    }

    /** The size in the largest unit that divides it, in a form that {@link #parseBytes} reads back. */
    static String format(long bytes) {
        for (int power = POWERS_OF_1024.length(); power > 0 && bytes != 0; power--) {
            long unitBytes = 1L << (10 * power);
            if (bytes % unitBytes == 0) {
                return bytes / unitBytes + POWERS_OF_1024.substring(power - 1, power);
            }
        }
        return Long.toString(bytes);
    }
}
