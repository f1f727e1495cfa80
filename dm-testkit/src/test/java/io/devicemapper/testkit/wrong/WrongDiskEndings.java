package io.devicemapper.testkit.wrong;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.testkit.DeviceRequest;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/** Devices whose bios end wrongly, or that do not end well themselves. */
final class WrongDiskEndings {
    private WrongDiskEndings() {}

    /** Ends each bio in two places. */
    public static class EndedTwice extends PlainDisk {
        public EndedTwice(DeviceRequest request) {
            super(request);
        }

        @Override
        void end(Bio bio, BioStatus status) {
            super.end(bio, status);
            super.end(bio, status);
        }
    }

    /** Forgets a bio. */
    public static class NeverEnded extends PlainDisk {
        public NeverEnded(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            if (bio.op() != BioOp.READ || bio.sector() != 3) {
                super.carryOut(bio);
            }
        }
    }

    /** Keeps others out for too long. */
    public static class MonitorHeld extends PlainDisk {
        public MonitorHeld(DeviceRequest request) {
            super(request);
        }

        @Override
        void end(Bio bio, BioStatus status) {
            synchronized (this) {
                super.end(bio, status);
            }
        }
    }

    /** As well, with another kind of lock. */
    public static class LockHeld extends PlainDisk {
        private final ReentrantLock lock = new ReentrantLock();

        public LockHeld(DeviceRequest request) {
            super(request);
        }

        @Override
        void end(Bio bio, BioStatus status) {
            lock.lock();
            try {
                super.end(bio, status);
            } finally {
                lock.unlock();
            }
        }
    }

    /** Takes the submitter's interrupt from it. */
    public static class InterruptEaten extends PlainDisk {
        public InterruptEaten(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            Thread.interrupted();
            super.carryOut(bio);
        }
    }

    /** Is a channel that an interrupt closes. */
    public static class ClosedByInterrupt extends PlainDisk {
        private volatile boolean broken;

        public ClosedByInterrupt(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            broken |= Thread.currentThread().isInterrupted();
            if (broken) {
                bio.endIo(BioStatus.IO);
            } else {
                super.carryOut(bio);
            }
        }
    }

    /** Writes though it was opened for reading. */
    public static class ReadOnlyForgotten extends PlainDisk {
        public ReadOnlyForgotten(DeviceRequest request) {
            super(request);
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }
    }

    /** Throws away what it had not stored, although it was flushed. */
    public static class EmptiedByClose extends PlainDisk {
        public EmptiedByClose(DeviceRequest request) {
            super(request);
        }

        @Override
        public void close() throws IOException {
            super.close();
            disk().discard(0, sectors());
        }
    }

    /** Cannot be closed twice. */
    public static class SecondCloseThrows extends PlainDisk {
        private boolean closed;

        public SecondCloseThrows(DeviceRequest request) {
            super(request);
        }

        @Override
        public void close() throws IOException {
            if (closed) {
                throw new IOException("closed already");
            }
            closed = true;
            super.close();
        }
    }

    /** Does not answer any more. */
    public static class DeafAfterClose extends PlainDisk {
        public DeafAfterClose(DeviceRequest request) {
            super(request);
        }

        @Override
        void afterClose(Bio bio) {}
    }

    /** Says that it has read. */
    public static class LiesAfterClose extends PlainDisk {
        public LiesAfterClose(DeviceRequest request) {
            super(request);
        }

        @Override
        void afterClose(Bio bio) {
            bio.endIo(BioStatus.OK);
        }
    }

    /** Leaves its thread behind. */
    public static class ThreadLeftByClose extends PlainDisk {
        public ThreadLeftByClose(DeviceRequest request) {
            super(request);
            WrongLeftovers.startHelper();
        }
    }
}
