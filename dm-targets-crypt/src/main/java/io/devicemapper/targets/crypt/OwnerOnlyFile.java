package io.devicemapper.targets.crypt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Reads small files that hold secrets, if nobody but their owner may. */
final class OwnerOnlyFile {
    /** More than any key; keeps a device file or a mistake from filling the memory. */
    private static final int MAX_BYTES = 1 << 16;

    private static final Set<PosixFilePermission> OWNERS =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private OwnerOnlyFile() {}

    /**
     * The path that a text names.
     *
     * @throws IOException if it names none, or a relative one, which would mean another file for each working directory
     */
    static Path path(String text) throws IOException {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute()) {
                return path;
            }
        } catch (InvalidPathException e) {
            throw new IOException("'" + text + "' is no path: " + e.getReason(), e);
        }
        throw new IOException("'" + text + "': expected an absolute path");
    }

    /**
     * Reads all of a file.
     *
     * @return the content, the caller's to wipe
     * @throws IOException if it cannot be read, is no regular file, is too long, or somebody else may read or write it
     */
    static byte[] read(Path file) throws IOException {
        check(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size > MAX_BYTES) {
                throw new IOException(file + ": " + size + " bytes are too long for a secret, at most " + MAX_BYTES);
            }
            // The JDK would read into a direct buffer of its own otherwise, and keep that.
            ByteBuffer buffer = ByteBuffer.allocateDirect((int) size);
            try {
                while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                    // As much as there is.
                }
                byte[] content = new byte[buffer.position()];
                buffer.get(0, content);
                return content;
            } finally {
                for (int i = 0; i < buffer.capacity(); i++) {
                    buffer.put(i, (byte) 0);
                }
            }
        } catch (AccessDeniedException e) {
            throw new IOException(file + ": not allowed to read it", e);
        }
    }

    private static void check(Path file) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view == null) {
            throw new IOException(file + ": this file system cannot tell who may read the file");
        }
        try {
            if (!Files.isRegularFile(file) && Files.exists(file)) {
                throw new IOException(file + ": not a regular file");
            }
            Set<PosixFilePermission> permissions = view.readAttributes().permissions();
            if (!OWNERS.containsAll(permissions)) {
                throw new IOException(file + ": others than its owner may use it (mode "
                        + PosixFilePermissions.toString(permissions) + "); expected rw------- or less");
            }
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": no such file", e);
        } catch (FileSystemException e) {
            throw new IOException(file + ": " + (e.getReason() == null ? "cannot be read" : e.getReason()), e);
        }
    }
}
