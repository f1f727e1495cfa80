package io.devicemapper.benchmarks.peers;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program that the comparison runs. */
enum Tool {
    FIO("fio", "fio"),
    NBDCOPY("nbdcopy", "libnbd-bin"),
    NBDINFO("nbdinfo", "libnbd-bin"),
    NBDKIT("nbdkit", "nbdkit"),
    QEMU_NBD("qemu-nbd", "qemu-utils"),
    QEMU_IMG("qemu-img", "qemu-utils"),
    TASKSET("taskset", "util-linux"),
    SETPRIV("setpriv", "util-linux"),
    DD("dd", "coreutils");

    private final String command;
    private final String debianPackage;

    Tool(String command, String debianPackage) {
        this.command = command;
        this.debianPackage = debianPackage;
    }

    String command() {
        return command;
    }

    /**
     * Looks for all of them on the PATH.
     *
     * @throws PeersException if any is missing, with the packages that have them
     */
    static void requireAll() throws PeersException {
        List<String> missing = new ArrayList<>();
        for (Tool tool : values()) {
            if (!tool.isOnPath()) {
                missing.add(tool.command + " (Debian package " + tool.debianPackage + ")");
            }
        }
        if (!missing.isEmpty()) {
            throw new PeersException("not found on the PATH: " + String.join(", ", missing));
        }
    }

    boolean isOnPath() {
        String path = System.getenv().getOrDefault("PATH", "");
        for (String folder : path.split(File.pathSeparator, -1)) {
            if (Files.isExecutable(Path.of(folder, command))) {
                return true;
            }
        }
        return false;
    }
}
