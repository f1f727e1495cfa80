package io.devicemapper.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The folder where a daemon and its clients meet: the control socket, the NBD socket and the lock. */
final class Home {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    /** The longest path of a unix socket that every system takes: macOS and the BSDs have room for 104 bytes with the NUL. */
    private static final int MAX_SOCKET_PATH_BYTES = 103;

    /**
     * The homes that this process has locked. The system's locks belong to the process, and closing any channel of a lock file gives
     * them up: a second daemon here must not even open it.
     */
    private static final Set<Path> LOCKED_HERE = ConcurrentHashMap.newKeySet();

    private final Path folder;

    private Home(Path folder) {
        this.folder = folder;
    }

    /**
     * The folder that a command uses: the one given, else {@code $DM_HOME}, else {@code $XDG_RUNTIME_DIR/dm}, else {@code ~/.dm}.
     *
     * @param given the argument of {@code --home}
     * @param environment variables of the process
     * @throws CliException if the one given is empty, or it is no path, or too long for a unix socket in it
     */
    static Home resolve(Optional<String> given, Map<String, String> environment) throws CliException {
        Home home = new Home(choose(given, environment).toAbsolutePath().normalize());
        int bytes = home.controlSocket().toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_SOCKET_PATH_BYTES) {
            throw new CliException("home " + home + " is too long: a socket's path may have " + MAX_SOCKET_PATH_BYTES
                    + " bytes, " + home.controlSocket() + " has " + bytes);
        }
        return home;
    }

    private static Path choose(Optional<String> given, Map<String, String> environment) throws CliException {
        try {
            if (given.isPresent()) {
                // As a path, "" would be the working directory: what an unset variable of a script is not to mean.
                if (given.get().isEmpty()) {
                    throw new CliException("--home: expected a folder, found ''");
                }
                return Path.of(given.get());
            }
            String dmHome = environment.getOrDefault("DM_HOME", "");
            if (!dmHome.isEmpty()) {
                return Path.of(dmHome);
            }
            String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
            return runtime.isEmpty() ? Path.of(System.getProperty("user.home"), ".dm") : Path.of(runtime, "dm");
        } catch (InvalidPathException e) {
            throw new CliException("home '" + e.getInput() + "' is no path: " + e.getReason(), e);
        }
    }

    Path controlSocket() {
        return folder.resolve("control.sock");
    }

    Path nbdSocket() {
        return folder.resolve("nbd.sock");
    }

    private Path lockFile() {
        return folder.resolve("lock");
    }

    /**
     * Makes the folder if need be, for its owner alone, and takes its lock, which ends with this process at the latest.
     *
     * @throws CliException if another daemon has it, or the folder cannot be used
     */
    Lock lock() throws CliException {
        try {
            prepareFolder();
            Path key = folder.toRealPath();
            if (!LOCKED_HERE.add(key)) {
                throw inUse(" in this process");
            }
            Lock lock = null;
            try {
                lock = tryLock(key);
            } finally {
                if (lock == null) {
                    LOCKED_HERE.remove(key);
                }
            }
            return lock;
        } catch (IOException e) {
            throw new CliException("home " + folder + " cannot be used: " + Reasons.of(e), e);
        }
    }

    private Lock tryLock(Path key) throws IOException, CliException {
        FileChannel channel = FileChannel.open(
                lockFile(), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            if (channel.tryLock() == null) {
                throw inUse(readHolder(channel));
            }
            channel.truncate(0);
            byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8);
            channel.write(ByteBuffer.wrap(pid), 0);
            locked = true;
            return new Lock(key, channel);
        } finally {
            if (!locked) {
                channel.close();
            }
        }
    }

    private CliException inUse(String holder) {
        return new CliException("a daemon" + holder + " already serves home " + folder
                + "; stop it, or choose another home with --home or DM_HOME");
    }

    private void prepareFolder() throws IOException, CliException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder);
        } else if (!Files.exists(lockFile()) && !isEmpty()) {
            requirePrivate();
            return;
        }
        PosixFileAttributeView view = Files.getFileAttributeView(folder, PosixFileAttributeView.class);
        if (view != null) {
            view.setPermissions(OWNER_ONLY);
        }
    }

    /** A folder that serves other purposes too keeps its mode, so that mode must do. */
    private void requirePrivate() throws IOException, CliException {
        PosixFileAttributeView view = Files.getFileAttributeView(folder, PosixFileAttributeView.class);
        if (view == null) {
            return;
        }
        Set<PosixFilePermission> mode = view.readAttributes().permissions();
        if (!OWNER_ONLY.containsAll(mode)) {
            throw new CliException("home " + folder + " holds other files and is open to other users (mode "
                    + PosixFilePermissions.toString(mode) + "): choose a folder of its own, or chmod 700 it");
        }
    }

    private boolean isEmpty() throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            return !entries.iterator().hasNext();
        }
    }

    private static String readHolder(FileChannel lockFile) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(32);
        lockFile.read(text, 0);
        String pid = new String(text.array(), 0, text.position(), StandardCharsets.UTF_8).strip();
        return pid.isEmpty() ? "" : " (process " + pid + ")";
    }

    @Override
    public String toString() {
        return folder.toString();
    }

    /** The right to serve a home. */
    final class Lock implements AutoCloseable {
        private final Path key;
        private final FileChannel channel;

        private Lock(Path key, FileChannel channel) {
            this.key = key;
            this.channel = channel;
        }

        /** Removes a socket that a killed daemon left behind; the lock says that nobody listens there. */
        void removeStale(Path socket) throws CliException {
            try {
                if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
                    Files.delete(socket);
                }
            } catch (IOException e) {
                throw new CliException("home " + folder + ": " + Reasons.of(e), e);
            }
        }

        /** Lets another daemon serve the home. */
        @Override
        public void close() throws IOException {
            channel.close();
            LOCKED_HERE.remove(key);
        }
    }
}
