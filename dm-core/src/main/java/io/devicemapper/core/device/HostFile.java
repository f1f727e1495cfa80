package io.devicemapper.core.device;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A file that can serve as a device: a regular file or a block device of the host.
 *
 * @param path its real path, without symbolic links
 * @param key what tells it from all other files, whatever its path; hard links share it
 * @param isBlockDevice whether it is a block device
 */
record HostFile(Path path, Object key, boolean isBlockDevice) {
    private static final int FILE_TYPE_MASK = 0xf000;
    private static final int FILE_TYPE_BLOCK_DEVICE = 0x6000;

    /**
     * Looks at an existing file without opening it.
     *
     * @throws IOException if it does not exist or cannot serve as a device; one line that names it
     */
    static HostFile inspect(Path file) throws IOException {
        Path real;
        BasicFileAttributes attributes;
        try {
            real = file.toRealPath();
            attributes = Files.readAttributes(real, BasicFileAttributes.class);
        } catch (IOException e) {
            throw IoErrors.cannotOpen(file, e);
        }
        if (attributes.isDirectory()) {
            throw new IOException(file + ": is a directory");
        }
        boolean blockDevice = attributes.isOther() && isBlockDevice(real);
        if (!blockDevice && !attributes.isRegularFile()) {
            throw new IOException(file + ": neither a regular file nor a block device");
        }
        return new HostFile(real, attributes.fileKey() != null ? attributes.fileKey() : real, blockDevice);
    }

    private static boolean isBlockDevice(Path real) throws IOException {
        if (!real.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return false;
        }
        int mode = (Integer) Files.getAttribute(real, "unix:mode");
        return (mode & FILE_TYPE_MASK) == FILE_TYPE_BLOCK_DEVICE;
    }

    /**
     * Makes a sparse file of that size, durably, if there is no file yet.
     *
     * @throws IOException if that fails, in one line that names the file; no file is left behind then
     */
    static void createIfMissing(Path file, long bytes) throws IOException {
        if (Files.exists(file)) {
            return;
        }
        try {
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.SPARSE, StandardOpenOption.WRITE)
                    .close();
        } catch (FileAlreadyExistsException e) {
            return; // made by somebody else in between: its size is checked like that of any file
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": no such directory: " + file.getParent(), e);
        } catch (IOException e) {
            throw IoErrors.cannotOpen(file, e);
        }
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(bytes);
            made.getFD().sync();
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw new IOException(file + ": cannot be made with " + bytes + " bytes: " + e.getMessage(), e);
        }
        syncFolder(file.toAbsolutePath().getParent());
    }

    /** A new file's name is in its folder, and durable with that. */
    private static void syncFolder(Path folder) throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
