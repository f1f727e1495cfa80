package io.devicemapper.target;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The words after a target's name in a table line, or of a message, read in order.
 *
 * <p>Every failure is a {@link TargetException} whose message begins with a reason in the field's wording and goes on with the
 * argument's position, its name, what was expected and what was found:
 *
 * <pre>
 * Invalid device sector (argument 2 &lt;start&gt;: expected a decimal number of sectors, found '12x')
 * </pre>
 *
 * <p>The words are kept as characters in one array and become Strings only when asked for, so that a {@link #secret} leaves no copy
 * behind. Not safe for use by several threads.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/dmsetup.8.html">dmsetup(8), TABLE FORMAT</a>
 */
public final class TargetArgs {
    /** Claims a device by its name in a table line: what the host does for {@link #device}. */
    @FunctionalInterface
    public interface DeviceOpener {
        /**
         * Claims a device for the target under construction.
         *
         * @param name as written
         * @param mode how it will be used
         * @throws TargetException if it cannot be had; the message says why in one line
         */
        DmDev open(String name, DeviceMode mode) throws TargetException;
    }

    private final char[] text;
    private final int[] starts;
    private final int[] ends;
    private final int first;
    private final int limit;
    private final DeviceMode defaultMode;
    private final DeviceOpener opener;
    private int next;

    private TargetArgs(
            char[] text, int[] starts, int[] ends, int first, int limit, DeviceMode defaultMode, DeviceOpener opener) {
        this.text = text;
        this.starts = starts;
        this.ends = ends;
        this.first = first;
        this.limit = limit;
        this.next = first;
        this.defaultMode = defaultMode;
        this.opener = opener;
    }

    /**
     * Splits a text into words, at white space; a backslash takes the next character as it is, a lone one at the end stays.
     *
     * @param text the words; used and changed by this object from now on
     * @param defaultMode how {@link #device(String)} claims
     * @param opener claims devices
     */
    public static TargetArgs split(char[] text, DeviceMode defaultMode, DeviceOpener opener) {
        Objects.requireNonNull(defaultMode, "defaultMode");
        Objects.requireNonNull(opener, "opener");
        List<int[]> words = new ArrayList<>();
        int from = 0;
        while (true) {
            while (from < text.length && Character.isWhitespace(text[from])) {
                from++;
            }
            if (from == text.length) {
                break;
            }
            int start = from;
            int to = from;
            while (from < text.length && !Character.isWhitespace(text[from])) {
                if (text[from] == '\\' && from + 1 < text.length) {
                    from++;
                }
                text[to++] = text[from++];
            }
            // What unquoting moved to the left leaves stale characters behind, which could be part of a key.
            Arrays.fill(text, to, from, ' ');
            words.add(new int[] {start, to});
        }
        int[] starts = words.stream().mapToInt(w -> w[0]).toArray();
        int[] ends = words.stream().mapToInt(w -> w[1]).toArray();
        return new TargetArgs(text, starts, ends, 0, starts.length, defaultMode, opener);
    }

    /** The words of a message, or of a table line without devices: {@link #device} always fails. */
    public static TargetArgs of(String text) {
        return split(text.toCharArray(), DeviceMode.READ_ONLY, (name, mode) -> {
            throw new TargetException("no device can be claimed here");
        });
    }

    /** How many words there are, read or not. */
    public int size() {
        return limit - first;
    }

    /** How many words have not been read. */
    public int remaining() {
        return limit - next;
    }

    /** Whether a word is left. */
    public boolean hasNext() {
        return next < limit;
    }

    /**
     * The next word.
     *
     * @param arg the argument's name, for messages
     * @throws TargetException "Not enough arguments" if there is none
     */
    public String next(String arg) throws TargetException {
        require(arg, "Not enough arguments");
        return word(next++);
    }

    /** Reads all remaining words. */
    public List<String> rest() {
        List<String> rest = new ArrayList<>(remaining());
        while (hasNext()) {
            rest.add(word(next++));
        }
        return rest;
    }

    /**
     * Checks how many words there are altogether.
     *
     * @param syntax the arguments as the documentation writes them, such as {@code <dev> <start>}
     * @throws TargetException "Invalid argument count" unless there are {@code count}
     */
    public void expectCount(int count, String syntax) throws TargetException {
        if (size() != count) {
            throw new TargetException("Invalid argument count (expected " + count
                    + (syntax.isEmpty() ? "" : ": " + syntax) + ", found " + size() + ")");
        }
    }

    /** The next word as a sector number, with the reason "Invalid ARG". See {@link #sector(String, String)}. */
    public long sector(String arg) throws TargetException {
        return sector(arg, "Invalid " + arg);
    }

    /**
     * The next word as a number of sectors: unsigned decimal, up to 2^63 - 1.
     *
     * @param arg the argument's name
     * @param reason what to say if it is anything else
     */
    public long sector(String arg, String reason) throws TargetException {
        return decimal(arg, 0, Long.MAX_VALUE, reason, "a decimal number of sectors");
    }

    /** The next word as a number, with the reason "Invalid ARG". See {@link #number(String, long, long, String)}. */
    public long number(String arg, long min, long max) throws TargetException {
        return number(arg, min, max, "Invalid " + arg);
    }

    /**
     * The next word as an unsigned decimal number.
     *
     * @param arg the argument's name
     * @param min the least value allowed, at least 0
     * @param max the greatest value allowed
     * @param reason what to say if it is anything else
     */
    public long number(String arg, long min, long max, String reason) throws TargetException {
        return decimal(arg, min, max, reason, "a decimal number from " + min + " to " + max);
    }

    /**
     * A counted group: the next word says how many words belong to it.
     *
     * @param countArg the counting argument's name
     * @param max the greatest count allowed
     * @param reason what to say if the count is anything else or more than the words left
     * @return those words; this object goes on behind them
     */
    public TargetArgs group(String countArg, int max, String reason) throws TargetException {
        int count = (int) number(countArg, 0, max, reason);
        if (count > remaining()) {
            throw error(reason, countArg, "at most the " + remaining() + " arguments that follow");
        }
        TargetArgs group = new TargetArgs(text, starts, ends, next, next + count, defaultMode, opener);
        next += count;
        return group;
    }

    /**
     * Sets the next words apart, to be read later. So a target can check the words behind a device's name before it claims the device:
     * to claim one may make a file.
     *
     * @param count how many
     * @return those words; this object goes on behind them
     * @throws TargetException "Not enough arguments" if fewer are left
     */
    public TargetArgs take(int count) throws TargetException {
        if (count > remaining()) {
            throw new TargetException("Not enough arguments (expected " + count + " more, found " + remaining() + ")");
        }
        TargetArgs taken = new TargetArgs(text, starts, ends, next, next + count, defaultMode, opener);
        next += count;
        return taken;
    }

    /** Claims the device named by the next word, in the table's mode. See {@link #device(String, DeviceMode, String)}. */
    public DmDev device(String arg) throws TargetException {
        return device(arg, defaultMode);
    }

    /** Claims the device named by the next word. See {@link #device(String, DeviceMode, String)}. */
    public DmDev device(String arg, DeviceMode mode) throws TargetException {
        return device(arg, mode, "Device lookup failed");
    }

    /**
     * Claims the device named by the next word for this mapped device: the kernel's {@code dm_get_device}. The same name in the
     * same mode gives the same object each time. The claim ends with the target;
     * there is nothing to give back.
     *
     * @param arg the argument's name
     * @param mode how the target will use it
     * @param reason what to say if it cannot be had
     * @throws TargetException if there is no word, no such device, or it is in use elsewhere; in this case the message names
     *     the holder
     */
    public DmDev device(String arg, DeviceMode mode, String reason) throws TargetException {
        String name = next(arg);
        try {
            return opener.open(name, mode);
        } catch (TargetException e) {
            throw new TargetException(reason + " (" + describe(arg) + ": " + e.getMessage() + ")", e);
        }
    }

    /**
     * The next word as bytes, one for each character, wiped from the text that it came from. It appears in no message.
     *
     * @param arg the argument's name
     * @return the only copy; the caller's, who fills it with zeroes when it is no longer needed
     * @throws TargetException "Not enough arguments" if there is none, or if a character is not ASCII
     */
    public byte[] secret(String arg) throws TargetException {
        require(arg, "Not enough arguments");
        int start = starts[next];
        int end = ends[next];
        next++;
        byte[] secret = new byte[end - start];
        boolean ascii = true;
        for (int i = start; i < end; i++) {
            ascii &= text[i] < 128;
            secret[i - start] = (byte) text[i];
        }
        Arrays.fill(text, start, end, '0');
        if (!ascii) {
            Arrays.fill(secret, (byte) 0);
            throw new TargetException("Invalid " + arg + " (" + describe(arg) + ": expected ASCII characters)");
        }
        return secret;
    }

    /**
     * An exception about the word read last.
     *
     * @param reason the reason in the field's wording
     * @param arg the argument's name
     * @param expected what would have been right
     */
    public TargetException error(String reason, String arg, String expected) {
        return new TargetException(
                reason + " (" + describe(arg) + ": expected " + expected + ", found '" + word(next - 1) + "')");
    }

    private long decimal(String arg, long min, long max, String reason, String expected) throws TargetException {
        require(arg, reason);
        long value = parseUnsigned(starts[next], ends[next]);
        next++;
        if (value < min || value > max) {
            boolean tooLarge = word(next - 1).chars().allMatch(c -> c >= '0' && c <= '9') && max == Long.MAX_VALUE;
            throw error(reason, arg, tooLarge ? expected + " below 2^63" : expected);
        }
        return value;
    }

    /** The number, or -1 if the characters are none or it is too large for a long. */
    private long parseUnsigned(int start, int end) {
        long value = 0;
        for (int i = start; i < end; i++) {
            int digit = text[i] - '0';
            if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return start == end ? -1 : value;
    }

    private void require(String arg, String reason) throws TargetException {
        if (!hasNext()) {
            throw new TargetException(reason + " (argument " + (next + 1) + " <" + arg + "> is missing)");
        }
    }

    private String describe(String arg) {
        return "argument " + next + " <" + arg + ">";
    }

    private String word(int index) {
        return new String(text, starts[index], ends[index] - starts[index]);
    }

    @Override
    public String toString() {
        return "TargetArgs[" + next + " of " + limit + " read]";
    }
}
