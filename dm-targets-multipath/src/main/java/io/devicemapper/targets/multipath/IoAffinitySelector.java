package io.devicemapper.targets.multipath;

import io.devicemapper.path.PathSelection;
import io.devicemapper.path.PathSelector;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * The path that is the submitter's: {@code io-affinity}, with a mask of processors in hexadecimal digits for a path. Stateless.
 *
 * <p>A JVM does not know the processor of a thread. So the processors that the masks name are dealt out to threads by the threads'
 * numbers: a thread keeps to its path, and many threads use all.
 */
public final class IoAffinitySelector implements PathSelector {
    private static final String NAME = "io-affinity";

    /** As many as kernels have, so that a mask has a bound. */
    private static final int MAX_PROCESSORS = 8192;

    private static final int BITS_OF_DIGIT = 4;
    private static final int DIGITS_OF_WORD = 8;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public int tableArgs() {
        return 1;
    }

    @Override
    public int infoArgs() {
        return 1;
    }

    @Override
    public PathSelection select(TargetArgs args) {
        return new Affinities();
    }

    private static final class Affinities implements PathSelection {
        private final List<BitSet> masks = new ArrayList<>();
        private final List<LongAdder> misses = new ArrayList<>();

        /** The path of each processor, or NONE. Only {@code addPath} changes it. */
        private int[] pathOfProcessor = {};

        private volatile boolean[] usable = {};

        @Override
        public void addPath(int path, TargetArgs args) throws TargetException {
            if (args.size() != 1) {
                throw new TargetException(
                        NAME + " ps: invalid number of arguments (expected a mask of processors for a path," + " found "
                                + args.size() + " arguments)");
            }
            String text = args.next("cpumask");
            BitSet mask = parse(text);
            if (mask == null) {
                throw args.error(NAME + " ps: invalid cpumask", "cpumask", "hexadecimal digits");
            }
            int[] paths = pathOfProcessor;
            if (mask.length() > paths.length) {
                paths = Arrays.copyOf(paths, mask.length());
                Arrays.fill(paths, pathOfProcessor.length, paths.length, NONE);
            }
            boolean any = false;
            for (int processor = mask.nextSetBit(0); processor >= 0; processor = mask.nextSetBit(processor + 1)) {
                if (paths[processor] == NONE) {
                    paths[processor] = path;
                    any = true;
                }
            }
            if (!any) {
                throw args.error(
                        NAME + " ps: No new/valid CPU mapping found", "cpumask", "a processor that no other path has");
            }
            pathOfProcessor = paths;
            masks.add(mask);
            misses.add(new LongAdder());
            reinstated(path);
        }

        private static BitSet parse(String text) {
            String digits = text.replace(",", "");
            if (digits.isEmpty() || digits.length() * BITS_OF_DIGIT > MAX_PROCESSORS) {
                return null;
            }
            BitSet mask = new BitSet();
            for (int i = 0; i < digits.length(); i++) {
                int digit = Character.digit(digits.charAt(digits.length() - 1 - i), 16);
                if (digit < 0) {
                    return null;
                }
                for (int bit = 0; bit < BITS_OF_DIGIT; bit++) {
                    mask.set(i * BITS_OF_DIGIT + bit, (digit >> bit & 1) != 0);
                }
            }
            return mask;
        }

        @Override
        public int next(long bytes) {
            int[] paths = pathOfProcessor;
            boolean[] now = usable;
            int processor = (int) (Thread.currentThread().getId() % paths.length);
            int own = paths[processor];
            if (own != NONE && now[own]) {
                return own;
            }
            for (int i = 1; i < paths.length; i++) {
                int other = paths[(processor + i) % paths.length];
                if (other != NONE && now[other]) {
                    misses.get(other).increment();
                    return other;
                }
            }
            return NONE;
        }

        @Override
        public void failed(int path) {
            boolean[] after = usable.clone();
            after[path] = false;
            usable = after;
        }

        @Override
        public void reinstated(int path) {
            boolean[] after = Arrays.copyOf(usable, Math.max(usable.length, path + 1));
            after[path] = true;
            usable = after;
        }

        @Override
        public String pathStatus(int path, StatusType type) {
            return type == StatusType.TABLE
                    ? text(masks.get(path))
                    : misses.get(path).toString();
        }

        /** As kernels print it: in groups of eight digits, without leading zeroes. */
        private static String text(BitSet mask) {
            int digits = (mask.length() + BITS_OF_DIGIT - 1) / BITS_OF_DIGIT;
            StringBuilder text = new StringBuilder();
            for (int i = digits - 1; i >= 0; i--) {
                int digit = 0;
                for (int bit = 0; bit < BITS_OF_DIGIT; bit++) {
                    digit |= mask.get(i * BITS_OF_DIGIT + bit) ? 1 << bit : 0;
                }
                text.append(Character.forDigit(digit, 16));
                if (i > 0 && i % DIGITS_OF_WORD == 0) {
                    text.append(',');
                }
            }
            return text.toString();
        }
    }
}
