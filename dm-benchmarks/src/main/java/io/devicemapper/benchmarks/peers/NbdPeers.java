package io.devicemapper.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Compares {@code dm serve} with nbdkit and qemu-nbd: in each round each server gets the same load, one after the other, so that all of them see
 * the machine in the same state. See docs/benchmarks.md.
 */
public final class NbdPeers {
    private NbdPeers() {}

    /** Runs the comparison; {@code --help} tells the options. Exit status 1, with one line, if it cannot be made. */
    public static void main(String[] args) throws InterruptedException, IOException {
        if (List.of(args).contains("--help")) {
            System.out.print(Options.HELP);
            return;
        }
        try {
            Options options = Options.parse(args);
            Tool.requireAll();
            List<Contest> contests = Contest.matching(options.cells());
            if (contests.isEmpty()) {
                throw new PeersException("no cell matches " + options.cells());
            }
            Report report = new Report(System.out);
            System.out.println("load average at the start: " + loadAverage());
            for (Contest contest : contests) {
                report.print(contest.run(options));
            }
            System.out.println();
            System.out.println("load average at the end: " + loadAverage() + " (the comparison's own is about 2)");
        } catch (PeersException e) {
            System.err.println("nbd-peers: " + e.getMessage());
            System.exit(1);
        }
    }

    /** Over 1, 5 and 15 minutes: whether others were at work, too. */
    private static String loadAverage() throws IOException {
        return String.join(
                ", ",
                List.of(Files.readString(Path.of("/proc/loadavg")).split(" ", -1))
                        .subList(0, 3));
    }
}
