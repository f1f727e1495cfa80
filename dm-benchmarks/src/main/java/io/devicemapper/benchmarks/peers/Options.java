package io.devicemapper.benchmarks.peers;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What the command line asks for.
 *
 * @param dm the launcher of our server
 * @param disk a folder on the disk whose O_DIRECT reads are measured
 * @param rounds how often each cell is measured on each server
 * @param seconds length of a run of fio
 * @param warmupSeconds how long our server gets the load of each cell before the rounds
 * @param mebibytes size of the devices
 * @param cells a cell is measured if this is found in its name
 * @param serverCpu the processor that servers are pinned to, as taskset(1) has it
 * @param clientCpu the processor that clients are pinned to
 */
record Options(
        Path dm,
        Path disk,
        int rounds,
        int seconds,
        int warmupSeconds,
        int mebibytes,
        Pattern cells,
        String serverCpu,
        String clientCpu) {
    static final String HELP = """
            usage: nbd-peers [OPTION VALUE]...

            Runs dm serve, nbdkit and qemu-nbd in turn under the same clients, and prints how they compare.

              --rounds N       how often each cell is measured on each server (5)
              --seconds N      length of one measurement (3)
              --warmup N       seconds of load that dm serve gets of each cell before the rounds (5)
              --size MIB       size of the devices in MiB (1024)
              --cells REGEX    only cells whose name matches, such as 'RAM 4k randread'
              --server-cpu N   the processor of the servers, as taskset has it (0)
              --client-cpu N   the processor of the clients (1)
              --disk DIR       a folder on the disk for the O_DIRECT file (dm-benchmarks/target)
            """;

    private static final int MOST_ROUNDS = 1000;
    private static final int MOST_SECONDS = 3600;
    private static final int MOST_MEBIBYTES = 1 << 20;

    /** Reads the command line. */
    static Options parse(String[] args) throws PeersException {
        Path dm = Path.of("dm");
        Path disk = Path.of("");
        int rounds = 5;
        int seconds = 3;
        int warmupSeconds = 5;
        int mebibytes = 1024;
        Pattern cells = Pattern.compile("");
        String serverCpu = "0";
        String clientCpu = "1";
        Iterator<String> words = Arrays.asList(args).iterator();
        while (words.hasNext()) {
            String option = words.next();
            switch (option) {
                case "--dm" -> dm = Path.of(value(option, words));
                case "--disk" -> disk = Path.of(value(option, words));
                case "--rounds" -> rounds = number(option, words, 1, MOST_ROUNDS);
                case "--seconds" -> seconds = number(option, words, 1, MOST_SECONDS);
                case "--warmup" -> warmupSeconds = number(option, words, 0, MOST_SECONDS);
                case "--size" -> mebibytes = number(option, words, 1, MOST_MEBIBYTES);
                case "--cells" -> cells = pattern(option, words);
                case "--server-cpu" -> serverCpu = value(option, words);
                case "--client-cpu" -> clientCpu = value(option, words);
                default -> throw new PeersException("unknown option " + option + "; --help shows those there are");
            }
        }
        return new Options(
                dm.toAbsolutePath(),
                disk.toAbsolutePath(),
                rounds,
                seconds,
                warmupSeconds,
                mebibytes,
                cells,
                serverCpu,
                clientCpu);
    }

    long bytes() {
        return (long) mebibytes << 20;
    }

    private static String value(String option, Iterator<String> words) throws PeersException {
        if (!words.hasNext()) {
            throw new PeersException(option + " needs a value");
        }
        return words.next();
    }

    private static int number(String option, Iterator<String> words, int least, int most) throws PeersException {
        String word = value(option, words);
        try {
            int number = Integer.parseInt(word);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // reported below, like a number out of range
        }
        throw new PeersException(option + ": expected a number from " + least + " to " + most + ", found " + word);
    }

    private static Pattern pattern(String option, Iterator<String> words) throws PeersException {
        try {
            return Pattern.compile(value(option, words));
        } catch (PatternSyntaxException e) {
            throw new PeersException(option + ": " + e.getDescription() + ": " + e.getPattern(), e);
        }
    }
}
