package io.devicemapper.benchmarks.peers;

import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Median, least and most of the figures of all rounds.
 *
 * @param median the middle one, or the mean of the two in the middle
 * @param least the smallest
 * @param most the largest
 */
public record Spread(double median, double least, double most) {
    /** The spread of at least one figure. */
    public static Spread of(DoubleStream figures) {
        double[] sorted = figures.sorted().toArray();
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    /** As {@code median (least-most)}, or a dash where there is no figure. */
    public String format(int decimals) {
        if (Double.isNaN(median)) {
            return "-";
        }
        String figure = "%." + decimals + "f";
        return String.format(Locale.ROOT, figure + " (" + figure + "-" + figure + ")", median, least, most);
    }
}
