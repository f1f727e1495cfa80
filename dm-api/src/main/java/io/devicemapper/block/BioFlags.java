package io.devicemapper.block;

import java.util.StringJoiner;

/**
 * The modifiers of a {@link Bio}, as bits of an {@code int}.
 *
 * <p>Bits rather than an {@code EnumSet}, since a bio's flags are copied into every clone on the way down and must cost
 * nothing there.
 */
public final class BioFlags {
    /** No modifier. */
    public static final int NONE = 0;

    /** Force unit access: the data of this write, discard or write-zeroes is durable before the bio completes. */
    public static final int FUA = 1;

    /** Before this write, flush: every write completed before its submission is durable before its data is written. */
    public static final int PREFLUSH = 1 << 1;

    /** {@link BioOp#WRITE_ZEROES}: keep the range allocated; the device must not punch a hole. */
    public static final int NOUNMAP = 1 << 2;

    /**
     * {@link BioOp#WRITE_ZEROES}: only if that is faster than writing zeroes; else the device fails the bio at once with
     * {@link BioStatus#UNSUPPORTED} and leaves the range unchanged.
     */
    public static final int FAST_ONLY = 1 << 3;

    /**
     * Do not retry below: a lost connection fails the bio at once with {@link BioStatus#TRANSPORT}. Set by those who have
     * another path to try.
     */
    public static final int FAILFAST = 1 << 4;

    /**
     * {@link BioOp#WRITE}: a flush that somebody waits for follows soon, so a device that would keep the data in a cache until then sends it
     * on its way at once. A hint, as the kernel's {@code REQ_SYNC} is: it changes what a flush has left to do, never what is durable.
     */
    public static final int PROMPT = 1 << 5;

    /** Every flag of this API level. */
    public static final int ALL = FUA | PREFLUSH | NOUNMAP | FAST_ONLY | FAILFAST | PROMPT;

    private static final String[] NAMES = {"FUA", "PREFLUSH", "NOUNMAP", "FAST_ONLY", "FAILFAST", "PROMPT"};

    private BioFlags() {}

    /** The names of the set bits, joined by {@code |}; empty for none. For logs and messages. */
    public static String toString(int flags) {
        StringJoiner names = new StringJoiner("|");
        for (int bit = 0; bit < NAMES.length; bit++) {
            if ((flags & (1 << bit)) != 0) {
                names.add(NAMES[bit]);
            }
        }
        int unknown = flags & ~ALL;
        return unknown == 0
                ? names.toString()
                : names.add("0x" + Integer.toHexString(unknown)).toString();
    }
}
