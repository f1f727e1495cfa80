package io.devicemapper.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Servers of the same data, and the loads that all of them get in turn.
 *
 * @param name names it in what is printed
 * @param servers ours first, then the one of nbdkit that it is compared with, then others
 * @param cells the loads
 * @param onDisk whether reads are to reach the disk, every time
 */
record Contest(String name, List<ServerKind> servers, List<Cell> cells, boolean onDisk) {
    private static final List<Contest> ALL = List.of(
            new Contest(
                    "1 connection, Unix socket, RAM",
                    List.of(ServerKind.DM_RAM, ServerKind.NBDKIT_MEMORY, ServerKind.NBDKIT_FILE, ServerKind.QEMU_NBD),
                    List.of(
                            Cell.of("RAM 4k randread d1", new FioLoad("randread", 4096, 1))
                                    .goalForRate(0.9),
                            Cell.of("RAM 4k randread d16", new FioLoad("randread", 4096, 16)),
                            Cell.of("RAM 4k randread d64", new FioLoad("randread", 4096, 64))
                                    .goalForRate(1.0)
                                    .goalForCpu(0.7),
                            Cell.of("RAM 4k randwrite d1", new FioLoad("randwrite", 4096, 1)),
                            Cell.of("RAM 4k randwrite d64", new FioLoad("randwrite", 4096, 64)),
                            Cell.of("RAM 128k read d1", new FioLoad("read", 131072, 1))
                                    .goalForRate(0.9),
                            Cell.of("RAM 128k read d16", new FioLoad("read", 131072, 16))
                                    .goalForRate(0.9),
                            Cell.of("RAM nbdcopy", new NbdcopyLoad())),
                    false),
            new Contest(
                    "1 connection, Unix socket, RAM, AES-256-XTS",
                    List.of(ServerKind.DM_CRYPT, ServerKind.NBDKIT_LUKS),
                    List.of(
                            Cell.of("crypt 4k randread d16", new FioLoad("randread", 4096, 16))
                                    .goalForRate(1.8)
                                    .goalForCpu(0.5),
                            Cell.of("crypt 4k randread d64", new FioLoad("randread", 4096, 64))
                                    .goalForRate(1.8)
                                    .goalForCpu(0.5),
                            Cell.of("crypt 4k randwrite d16", new FioLoad("randwrite", 4096, 16))
                                    .goalForRate(1.8)
                                    .goalForCpu(0.5),
                            Cell.of("crypt 4k randwrite d64", new FioLoad("randwrite", 4096, 64))
                                    .goalForRate(1.8)
                                    .goalForCpu(0.5),
                            Cell.of("crypt 128k read d16", new FioLoad("read", 131072, 16))
                                    .goalForRate(3),
                            Cell.of("crypt 128k write d16", new FioLoad("write", 131072, 16))
                                    .goalForRate(3)),
                    false),
            new Contest(
                    "1 connection, Unix socket, a file on disk",
                    List.of(ServerKind.DM_DIRECT_FILE, ServerKind.NBDKIT_FILE_UNCACHED, ServerKind.QEMU_NBD_DIRECT),
                    List.of(Cell.of("file 4k randread d32", new FioLoad("randread", 4096, 32))
                            .goalForRate(0.8)),
                    true));

    /** The contests, each with those of its cells in whose name the pattern is found; none without a cell. */
    static List<Contest> matching(Pattern cells) {
        return ALL.stream()
                .map(contest -> contest.only(cells))
                .filter(contest -> !contest.cells.isEmpty())
                .toList();
    }

    private Contest only(Pattern pattern) {
        List<Cell> found = cells.stream()
                .filter(cell -> pattern.matcher(cell.name()).find())
                .toList();
        return new Contest(name, servers, found, onDisk);
    }

    /** Runs all rounds. Nothing is left running. */
    Results run(Options options) throws PeersException, IOException, InterruptedException {
        try (Workspace workspace = new Workspace()) {
            Setting setting = Setting.prepare(options, workspace, dataParent(options));
            List<Participant> participants = new ArrayList<>();
            for (ServerKind kind : servers) {
                Server server = Server.start(kind, setting);
                participants.add(server);
                if (kind.needsWarmup() && options.warmupSeconds() > 0) {
                    warmUp(server, options);
                }
            }
            if (onDisk) {
                participants.add(new FioAlone(setting));
            }
            return play(participants, setting);
        }
    }

    private void warmUp(Server server, Options options) throws PeersException, InterruptedException {
        for (Cell cell : cells) {
            Progress.tell(server.label() + ": warming up, " + cell.name());
            server.measure(cell.load(), options.warmupSeconds());
        }
    }

    private Results play(List<Participant> participants, Setting setting) throws PeersException, InterruptedException {
        Results results = new Results(this);
        List<Participant> order = new ArrayList<>(participants);
        int seconds = setting.options().seconds();
        for (int round = 1; round <= setting.options().rounds(); round++) {
            for (Cell cell : cells) {
                for (Participant participant : order) {
                    Progress.tell("round " + round + " of " + setting.options().rounds() + ": " + cell.name() + ", "
                            + participant.label());
                    if (onDisk) {
                        setting.evictData();
                    }
                    results.add(cell, participant.label(), participant.measure(cell.load(), seconds));
                }
            }
            Collections.rotate(order, 1); // nobody always comes first
        }
        return results;
    }

    private Path dataParent(Options options) {
        if (onDisk) {
            return options.disk();
        }
        // On Linux a file system in memory; otherwise the page cache holds the file.
        Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
    }
}
