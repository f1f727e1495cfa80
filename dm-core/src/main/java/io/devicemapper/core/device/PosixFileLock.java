package io.devicemapper.core.device;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * The JDK's lock on the whole file, where there is nothing better. On POSIX systems it is lost when any descriptor of the file is
 * closed in this process, and has to be taken again: for a moment the file is without a lock then.
 */
final class PosixFileLock implements FileLock {
    private final Path file;
    private FileChannel channel;
    private boolean reading;
    private boolean writing;

    PosixFileLock(Path file) {
        this.file = file;
    }

    @Override
    public void lock(boolean forWriting) throws IOException {
        close();
        try {
            take(forWriting);
        } catch (IOException e) {
            if (reading) {
                take(false);
            }
            throw e;
        }
        reading = true;
        writing = forWriting;
    }

    private void take(boolean forWriting) throws IOException {
        Set<? extends OpenOption> options = forWriting
                ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
                : Set.of(StandardOpenOption.READ);
        channel = FileChannel.open(file, options);
        boolean taken;
        try {
            taken = channel.tryLock(0, Long.MAX_VALUE, !forWriting) != null;
        } catch (OverlappingFileLockException e) {
            close();
            throw new IOException(file + ": locked by another part of this process", e);
        }
        if (!taken) {
            close();
            throw new IOException(file + ": in use by " + LockHolder.describe(file));
        }
    }

    @Override
    public void lower() throws IOException {
        writing = false;
        restore();
    }

    @Override
    public void restore() throws IOException {
        close();
        take(writing);
    }

    @Override
    public NativeFile claim() {
        return null;
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }
}
