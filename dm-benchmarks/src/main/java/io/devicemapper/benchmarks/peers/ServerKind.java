package io.devicemapper.benchmarks.peers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The servers, and how each is started. All of them run in the foreground. */
enum ServerKind {
    /** Ours: a linear target over a RAM device. */
    DM_RAM("dm serve, ram", "disk") {
        @Override
        List<String> command(Setting setting, Path socket) throws PeersException {
            return dmServe(setting, socket, "linear " + ram(setting) + " 0");
        }
    },

    NBDKIT_MEMORY("nbdkit memory", "") {
        @Override
        List<String> command(Setting setting, Path socket) {
            return nbdkit(socket, "memory", String.valueOf(setting.options().bytes()));
        }
    },

    /** With nbdkit's defaults, for a file that is in memory anyway. */
    NBDKIT_FILE("nbdkit file", "") {
        @Override
        List<String> command(Setting setting, Path socket) {
            return nbdkit(socket, "file", setting.data().toString());
        }
    },

    QEMU_NBD("qemu-nbd", "") {
        @Override
        List<String> command(Setting setting, Path socket) {
            return qemuNbd(setting, socket, "");
        }
    },

    /** Ours: a linear target over a file with O_DIRECT. */
    DM_DIRECT_FILE("dm serve, file direct", "disk") {
        @Override
        List<String> command(Setting setting, Path socket) throws PeersException {
            return dmServe(setting, socket, "linear file:" + setting.data() + "?direct=true 0");
        }
    },

    /** nbdkit has no O_DIRECT; with cache=none it drops each page that it has read, so each read reaches the disk. */
    NBDKIT_FILE_UNCACHED("nbdkit file cache=none", "") {
        @Override
        List<String> command(Setting setting, Path socket) {
            return nbdkit(socket, "file", setting.data().toString(), "cache=none", "fadvise=random");
        }
    },

    QEMU_NBD_DIRECT("qemu-nbd direct", "") {
        @Override
        List<String> command(Setting setting, Path socket) {
            return qemuNbd(setting, socket, ",file.cache.direct=on,file.aio=io_uring");
        }
    },

    /** Ours: a crypt target over a RAM device, with the cipher of {@link #NBDKIT_LUKS}. */
    DM_CRYPT("dm serve, crypt", "disk") {
        @Override
        List<String> command(Setting setting, Path socket) throws PeersException {
            return dmServe(setting, socket, "crypt aes-xts-plain64 " + KEY + " 0 " + ram(setting) + " 0");
        }
    },

    /** The file is in memory. */
    NBDKIT_LUKS("nbdkit luks", "") {
        @Override
        List<String> command(Setting setting, Path socket) throws PeersException, InterruptedException {
            String image = setting.luksImage(PASSPHRASE).toString();
            return nbdkit(socket, "--filter=luks", "file", image, "passphrase=" + PASSPHRASE);
        }
    };

    /** Of data that nobody keeps; XTS wants two halves that differ. */
    private static final String KEY = "1b".repeat(32) + "2c".repeat(32);

    private static final String PASSPHRASE = "peers";

    private final String label;
    private final String exportName;

    ServerKind(String label, String exportName) {
        this.label = label;
        this.exportName = exportName;
    }

    String label() {
        return label;
    }

    String exportName() {
        return exportName;
    }

    /** Whether it runs in a JVM, which compiles what is used often. */
    boolean needsWarmup() {
        return this == DM_RAM || this == DM_DIRECT_FILE || this == DM_CRYPT;
    }

    /** Whether it starts with an empty disk, which is to be filled. */
    boolean startsEmpty() {
        return this == DM_RAM || this == NBDKIT_MEMORY || this == DM_CRYPT || this == NBDKIT_LUKS;
    }

    abstract List<String> command(Setting setting, Path socket) throws PeersException, InterruptedException;

    private static String ram(Setting setting) {
        return "ram:disk?size=" + setting.options().mebibytes() + "M";
    }

    private static List<String> dmServe(Setting setting, Path socket, String target) throws PeersException {
        return List.of(
                setting.options().dm().toString(),
                "serve",
                "--home",
                setting.sockets().resolve("home").toString(),
                "--listen",
                "unix:" + socket,
                setting.dmtab(target).toString());
    }

    private static List<String> nbdkit(Path socket, String... plugin) {
        List<String> command =
                new ArrayList<>(List.of(Tool.NBDKIT.command(), "--foreground", "--unix", socket.toString()));
        Collections.addAll(command, plugin);
        return command;
    }

    private static List<String> qemuNbd(Setting setting, Path socket, String more) {
        // Its locks on the file would keep the other servers out.
        String image = "driver=raw,file.driver=file,file.locking=off,file.filename=" + setting.data() + more;
        return List.of(
                Tool.QEMU_NBD.command(),
                "--persistent",
                "--shared=8",
                "--socket",
                socket.toString(),
                "--image-opts",
                image);
    }
}
