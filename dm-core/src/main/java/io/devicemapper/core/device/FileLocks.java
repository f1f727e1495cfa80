package io.devicemapper.core.device;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The locks that this process holds on files: one for each file, however many devices have it open. Devices of one process never
 * lock each other out; against other processes the file is locked for writing as long as one of them may write.
 *
 * <p>Safe for use by several threads.
 */
final class FileLocks {
    /** A file is locked by the process, not by the part that opened it, so the table of locks is the process's. */
    static final FileLocks OF_THIS_PROCESS = new FileLocks(NativeFile.AVAILABLE);

    private final boolean byDescription;
    private final Map<Object, Shared> byFileKey = new HashMap<>();

    /** @param byDescription whether to use locks by open file description, or those of the JDK */
    FileLocks(boolean byDescription) {
        this.byDescription = byDescription;
    }

    private static final class Shared {
        private final FileLock lock;
        private int readers;
        private int writers;

        private Shared(FileLock lock) {
            this.lock = lock;
        }

        private boolean isUnused() {
            return readers == 0 && writers == 0;
        }
    }

    /** One device's share in the lock of its file. */
    final class Hold implements Closeable {
        private final Object fileKey;
        private final boolean writing;
        private boolean held = true;

        private Hold(Object fileKey, boolean writing) {
            this.fileKey = fileKey;
            this.writing = writing;
        }

        /** See {@link FileLock#claim}; valid as long as this hold, if that is for writing. */
        NativeFile claim() {
            synchronized (FileLocks.this) {
                return byFileKey.get(fileKey).lock.claim();
            }
        }

        /** To be called when a channel on the file was closed while this hold goes on. */
        void channelClosed() throws IOException {
            synchronized (FileLocks.this) {
                if (held) {
                    byFileKey.get(fileKey).lock.restore();
                }
            }
        }

        /** To be called after the device has closed its channels. Idempotent. */
        @Override
        public void close() throws IOException {
            synchronized (FileLocks.this) {
                if (held) {
                    held = false;
                    release(fileKey, writing);
                }
            }
        }
    }

    /**
     * Locks a file for one more device.
     *
     * @param file an existing file
     * @param fileKey what tells this file from all others, whatever its path
     * @param blockDevice whether the file is a block device of the host
     * @param writing whether the device may write
     * @throws IOException if the file is in use by another process, which is named where that can be told
     */
    synchronized Hold acquire(Path file, Object fileKey, boolean blockDevice, boolean writing) throws IOException {
        Shared shared = byFileKey.get(fileKey);
        if (shared == null) {
            shared = new Shared(byDescription ? new OfdFileLock(file, blockDevice) : new PosixFileLock(file));
        }
        try {
            if (shared.isUnused() || (writing && shared.writers == 0)) {
                shared.lock.lock(writing);
            }
        } catch (IOException e) {
            if (shared.isUnused()) {
                shared.lock.close();
            }
            throw e;
        }
        byFileKey.put(fileKey, shared);
        if (writing) {
            shared.writers++;
        } else {
            shared.readers++;
        }
        return new Hold(fileKey, writing);
    }

    private void release(Object fileKey, boolean writing) throws IOException {
        Shared shared = byFileKey.get(fileKey);
        if (writing) {
            shared.writers--;
        } else {
            shared.readers--;
        }
        if (shared.isUnused()) {
            byFileKey.remove(fileKey);
            shared.lock.close();
        } else if (writing && shared.writers == 0) {
            shared.lock.lower();
        } else {
            shared.lock.restore();
        }
    }
}
