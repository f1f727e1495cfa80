package io.devicemapper.benchmarks.peers;

/**
 * Reads {@code /proc/PID/stat}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html">proc_pid_stat(5)</a>
 */
final class ProcessStat {
    /** Fields behind the name are counted from here: the third is the first of them. */
    private static final int FIRST_FIELD = 3;

    private static final int UTIME = 14;
    private static final int STIME = 15;

    private ProcessStat() {}

    /** Processor time of all threads, ended ones included, in user and kernel mode, in ticks of 10 ms. */
    static long cpuTicks(String stat) {
        // The name, in parentheses, may hold blanks and parentheses itself.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[UTIME - FIRST_FIELD]) + Long.parseLong(fields[STIME - FIRST_FIELD]);
    }
}
