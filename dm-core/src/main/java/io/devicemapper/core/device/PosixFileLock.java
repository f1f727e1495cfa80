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
    private java.nio.channels.FileLock lock;

    PosixFileLock(Path file) {
        this.file = file;
    }

    @Override
    public void lock(boolean writing) throws IOException {
        if (lock != null && (!writing || !lock.isShared())) {
            return;
        }
        boolean raised = lock != null;
        close();
        try {
            take(writing);
        } catch (IOException e) {
            if (raised) {
                take(false);
            }
            throw e;
        }
    }

    private void take(boolean writing) throws IOException {
        Set<? extends OpenOption> options =
                writing ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE) : Set.of(StandardOpenOption.READ);
        channel = FileChannel.open(file, options);
        try {
            lock = channel.tryLock(0, Long.MAX_VALUE, !writing);
        } catch (OverlappingFileLockException e) {
            close();
            throw new IOException(file + ": locked by another part of this process", e);
        }
        if (lock == null) {
            close();
            throw new IOException(file + ": in use by " + LockHolder.describe(file));
        }
    }

    @Override
    public void lower() throws IOException {
        close();
        take(false);
    }

    @Override
    public void restore() throws IOException {
        boolean writing = !lock.isShared();
        close();
        take(writing);
    }

    @Override
    public void close() throws IOException {
        lock = null;
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }
}
