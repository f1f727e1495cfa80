package io.devicemapper.core.device;

import java.io.Closeable;
import java.io.IOException;

/** This process's lock on one file against other processes. Used by one thread at a time. */
interface FileLock extends Closeable {
    /**
     * Takes the lock for reading, which other processes that only read share, or raises it to the one for writing, which no other
     * process shares. Where this fails, all is as before.
     *
     * @throws IOException if another process is in the way, or the file cannot be locked
     */
    void lock(boolean writing) throws IOException;

    /** Lowers a lock for writing to one for reading. */
    void lower() throws IOException;

    /** To be called when any channel on the file was closed in this process: POSIX locks are lost by that. */
    void restore() throws IOException;

    /**
     * The descriptor that claims a block device of the host while it is locked for writing, null without such a claim. The kernel
     * lets no other one discard or zero blocks of a claimed device that are in its page cache.
     */
    NativeFile claim();

    @Override
    void close() throws IOException;
}
