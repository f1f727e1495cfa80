package io.devicemapper.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a contest takes place: its folders and the file that it is about, on which all servers work in turn.
 *
 * @param options what the command line asks for
 * @param workspace where processes are started
 * @param sockets a folder for sockets and small files, with a short path
 * @param data a file of random data: what is in every RAM disk at the start, and what the servers of files serve
 */
record Setting(Options options, Workspace workspace, Path sockets, Path data) {
    private static final int MAKE_SECONDS = 600;
    private static final int MAX_LUKS_TRIES = 50;

    /** Makes the folders, and the file in a new folder of {@code dataParent}. */
    static Setting prepare(Options options, Workspace workspace, Path dataParent)
            throws PeersException, IOException, InterruptedException {
        Path sockets = workspace.folderIn(Path.of(System.getProperty("java.io.tmpdir")));
        Path data = workspace.folderIn(dataParent).resolve("data.img");
        workspace.run(
                "make the file of random data",
                MAKE_SECONDS,
                List.of(
                        Tool.DD.command(),
                        "if=/dev/urandom",
                        "of=" + data,
                        "bs=1M",
                        "count=" + options.mebibytes(),
                        "conv=fsync"));
        return new Setting(options, workspace, sockets, data);
    }

    /** Drops the file from the page cache, so that a server without O_DIRECT has to read the disk as well. */
    void evictData() throws PeersException, InterruptedException {
        workspace.run(
                "evict the file",
                MAKE_SECONDS,
                List.of(Tool.DD.command(), "of=" + data, "oflag=nocache", "conv=notrunc,fdatasync", "count=0"));
    }

    /**
     * A file with room for the data, encrypted as qemu-img does by default: AES-256-XTS, sectors of 512 bytes.
     *
     * @return the file, a LUKS image of version 1
     */
    Path luksImage(String passphrase) throws PeersException, InterruptedException {
        Path image = data.resolveSibling("luks.img");
        // It measures its own speed first, and gives up where somebody else is busy on the machine.
        for (int left = MAX_LUKS_TRIES; ; left--) {
            try {
                makeLuksImage(image, passphrase);
                return image;
            } catch (PeersException e) {
                if (left == 1 || !e.getMessage().contains("Unable to get accurate CPU usage")) {
                    throw e;
                }
            }
        }
    }

    private void makeLuksImage(Path image, String passphrase) throws PeersException, InterruptedException {
        workspace.run(
                "make the LUKS image",
                MAKE_SECONDS,
                List.of(
                        Tool.QEMU_IMG.command(),
                        "create",
                        "-q",
                        "-f",
                        "luks",
                        "--object",
                        "secret,id=key,data=" + passphrase,
                        "-o",
                        "key-secret=key,cipher-alg=aes-256,cipher-mode=xts,ivgen-alg=plain64,iter-time=10",
                        image.toString(),
                        options.mebibytes() + "M"));
    }

    /**
     * A DMTAB with one device named {@code disk}, as long as the data.
     *
     * @param target name and arguments of its target
     */
    Path dmtab(String target) throws PeersException {
        Path dmtab = sockets.resolve("disk.dmtab");
        try {
            return Files.writeString(dmtab, "[disk]\n0 " + (options.bytes() >> 9) + " " + target + "\n");
        } catch (IOException e) {
            throw new PeersException("cannot write " + dmtab + ": " + e.getMessage(), e);
        }
    }

    List<String> onServerCpu(List<String> command) {
        return pinned(options.serverCpu(), command);
    }

    List<String> onClientCpu(List<String> command) {
        return pinned(options.clientCpu(), command);
    }

    private static List<String> pinned(String cpu, List<String> command) {
        List<String> pinned = new ArrayList<>(List.of(Tool.TASKSET.command(), "-c", cpu));
        pinned.addAll(command);
        return pinned;
    }
}
