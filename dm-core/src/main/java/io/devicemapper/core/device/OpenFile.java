package io.devicemapper.core.device;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** What a file device holds open: the lock, the channel, and descriptors for what a channel cannot do. */
final class OpenFile implements Closeable {
    private final HostFile file;
    private final FileOptions options;
    private final Deque<Closeable> opened = new ArrayDeque<>();

    private FileLocks.Hold lock;
    private NativeFile nativeFile;
    private InterruptSafeChannel channel;
    private FlushGate flushGate;
    private long bytes;

    private OpenFile(HostFile file, FileOptions options) {
        this.file = file;
        this.options = options;
    }

    /**
     * Locks and opens a file.
     *
     * @param useNative whether to use system calls of Linux; the file is locked accordingly
     * @throws IOException in one line that names the file; nothing stays open then
     */
    static OpenFile open(HostFile file, FileOptions options, FileLocks locks, boolean useNative) throws IOException {
        OpenFile open = new OpenFile(file, options);
        try {
            open.openAll(locks, useNative);
            return open;
        } catch (IOException | RuntimeException e) {
            try {
                open.close();
            } catch (IOException onClose) {
                e.addSuppressed(onClose);
            }
            throw e;
        }
    }

    private void openAll(FileLocks locks, boolean useNative) throws IOException {
        lock = keepOpen(locks.acquire(file.path(), file.key(), file.isBlockDevice(), !options.readOnly()));
        try {
            if (useNative) {
                nativeFile = keepOpen(NativeFile.open(file.path(), nativeFlags()));
            }
            channel =
                    keepOpen(new InterruptSafeChannel(nativeFile != null ? this::openByDescriptor : this::openByPath));
            flushGate = new FlushGate(sync());
            bytes = size();
        } catch (UnsupportedOperationException e) {
            throw new IOException(file.path() + ": no direct I/O on this file system: " + e.getMessage(), e);
        } catch (ErrnoException e) {
            if (options.direct() && e.errno() == ErrnoException.EINVAL) {
                throw new IOException(file.path() + ": no direct I/O on this file system", e);
            }
            throw IoErrors.cannotOpen(file.path(), e);
        } catch (IOException e) {
            throw IoErrors.cannotOpen(file.path(), e);
        }
    }

    private <C extends Closeable> C keepOpen(C closeable) {
        opened.push(closeable);
        return closeable;
    }

    private int nativeFlags() {
        int mode = options.readOnly() ? LinuxCalls.O_RDONLY : LinuxCalls.O_RDWR;
        return options.direct() ? mode | LinuxCalls.directFlag() : mode;
    }

    /** The way through the descriptor leads to the very same file, whatever became of its name. */
    private FileChannel openByDescriptor() throws IOException {
        return FileChannel.open(nativeFile.path(), channelOptions());
    }

    private FileChannel openByPath() throws IOException {
        FileChannel opened = FileChannel.open(file.path(), channelOptions());
        boolean first = channel == null;
        if (!first) {
            HostFile now = HostFile.inspect(file.path());
            if (!now.key().equals(file.key()) || size() != bytes) {
                opened.close();
                throw new IOException("replaced or resized by somebody else");
            }
        }
        return opened;
    }

    private Set<OpenOption> channelOptions() {
        Set<OpenOption> set = new HashSet<>();
        set.add(StandardOpenOption.READ);
        if (!options.readOnly()) {
            set.add(StandardOpenOption.WRITE);
        }
        if (options.direct()) {
            set.add(DirectOpenOption.get());
        }
        return set;
    }

    /**
     * What a flush does. Always on one and the same descriptor, since the kernel tells each descriptor once about a failed
     * write-back, and never through a channel, since an interrupt would hide that.
     */
    private FlushGate.Sync sync() throws IOException {
        if (options.readOnly()) {
            return () -> {};
        }
        if (nativeFile != null) {
            return nativeFile::fdatasync;
        }
        RandomAccessFile descriptor = keepOpen(new RandomAccessFile(file.path().toFile(), "rw"));
        return descriptor.getFD()::sync;
    }

    /** Of a block device too, for which {@link Files#size} says 0. */
    private long size() throws IOException {
        Path path = nativeFile != null ? nativeFile.path() : file.path();
        try (RandomAccessFile probe = new RandomAccessFile(path.toFile(), "r")) {
            return probe.length();
        } finally {
            lock.channelClosed();
        }
    }

    Path path() {
        return file.path();
    }

    /** Size in bytes, as it was when the file was opened. */
    long bytes() {
        return bytes;
    }

    /** Null where system calls are not to be had. */
    NativeFile nativeFile() {
        return nativeFile;
    }

    /** For discards on a block device of the host that is open for writing; null if this is none. */
    NativeFile claim() {
        return lock.claim();
    }

    InterruptSafeChannel channel() {
        return channel;
    }

    FlushGate flushGate() {
        return flushGate;
    }

    /** The block size of the file system that the file is on, in bytes. */
    int fileSystemBlockSize() throws IOException {
        return Math.toIntExact(Files.getFileStore(file.path()).getBlockSize());
    }

    /** Closes everything, the lock last, and reports the first failure. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
