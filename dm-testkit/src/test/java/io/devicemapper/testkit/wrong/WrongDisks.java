package io.devicemapper.testkit.wrong;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.testkit.DeviceRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Devices that do something else than they were asked to. */
final class WrongDisks {
    private WrongDisks() {}

    /** Counts bytes in 32 bits. */
    public static class BytesInThirtyTwoBits extends PlainDisk {
        public BytesInThirtyTwoBits(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            long at = ((bio.sector() << Bio.SECTOR_SHIFT) & 0xFFFF_FFFFL) >> Bio.SECTOR_SHIFT;
            carryOut(bio, bio.flags(), at, bio.sectors());
        }
    }

    /** Forgets its last sector. */
    public static class OneSectorShort extends PlainDisk {
        public OneSectorShort(DeviceRequest request) {
            super(request);
        }

        @Override
        public long sectors() {
            return super.sectors() - 1;
        }
    }

    /** Takes its last sector for one too many. */
    public static class LastSectorRefused extends PlainDisk {
        public LastSectorRefused(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            if (bio.sector() + bio.sectors() == sectors()) {
                bio.endIo(BioStatus.IO);
            } else {
                super.carryOut(bio);
            }
        }
    }

    /** Keeps what it has read once. */
    public static class ReadsOnce extends PlainDisk {
        private final Map<Long, byte[]> known = new ConcurrentHashMap<>();

        public ReadsOnce(DeviceRequest request) {
            super(request);
        }

        @Override
        void end(Bio bio, BioStatus status) {
            if (bio.op() == BioOp.READ && status.isOk()) {
                byte[] content = new byte[Bio.SECTOR_SIZE];
                bio.payload().get(bio.payload().position(), content);
                byte[] before = known.putIfAbsent(bio.sector(), content);
                if (before != null) {
                    bio.payload().put(bio.payload().position(), before);
                }
            }
            super.end(bio, status);
        }
    }

    /** Carries out no more of a request than its buffer has room for. */
    public static class LongRequestsCut extends PlainDisk {
        private static final int BUFFER_BYTES = 1 << 20;

        public LongRequestsCut(DeviceRequest request) {
            super(request);
        }

        @Override
        void end(Bio bio, BioStatus status) {
            if (bio.op() == BioOp.READ && bio.bytes() > BUFFER_BYTES) {
                int from = bio.payload().position() + BUFFER_BYTES;
                bio.payload().put(from, new byte[bio.payload().limit() - from]);
            }
            super.end(bio, status);
        }
    }

    /** Reads and writes relatively. */
    public static class PayloadDrained extends PlainDisk {
        public PayloadDrained(DeviceRequest request) {
            super(request);
        }

        @Override
        void end(Bio bio, BioStatus status) {
            if (bio.op() == BioOp.READ) {
                bio.payload().position(bio.payload().limit());
            }
            super.end(bio, status);
        }
    }

    /** Encrypts where the data lies. */
    public static class WriteScrambled extends PlainDisk {
        public WriteScrambled(DeviceRequest request) {
            super(request);
        }

        @Override
        void end(Bio bio, BioStatus status) {
            if (bio.op() == BioOp.WRITE && !bio.payload().isReadOnly()) {
                bio.payload().put(bio.payload().position(), (byte)
                        ~bio.payload().get(bio.payload().position()));
            }
            super.end(bio, status);
        }
    }

    /** Thinks that every buffer has an array. */
    public static class ArrayTaken extends PlainDisk {
        public ArrayTaken(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            if (bio.op().hasPayload() && bio.payload().array().length == 0) {
                throw new AssertionError("an empty array");
            }
            super.carryOut(bio);
        }
    }

    /** Ends a write at once, and carries it out when it likes. */
    public static class WritesLater extends PlainDisk {
        public WritesLater(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            if (bio.op() == BioOp.WRITE) {
                bio.endIo(BioStatus.OK);
            }
            super.carryOut(bio);
        }

        @Override
        void end(Bio bio, BioStatus status) {
            if (bio.op() != BioOp.WRITE) {
                super.end(bio, status);
            }
        }
    }

    /** Has nothing to flush, it thinks. */
    public static class FlushForgotten extends PlainDisk {
        public FlushForgotten(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            if (bio.op() == BioOp.FLUSH) {
                bio.endIo(BioStatus.OK);
            } else {
                super.carryOut(bio);
            }
        }
    }

    /** Knows of no FUA, but takes it. */
    public static class FuaForgotten extends PlainDisk {
        public FuaForgotten(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            carryOut(bio, bio.flags() & ~BioFlags.FUA, bio.sector(), bio.sectors());
        }
    }

    /** Rounds discards up. */
    public static class DiscardRoundedUp extends PlainDisk {
        public DiscardRoundedUp(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            boolean room = bio.op() == BioOp.DISCARD && bio.sector() + bio.sectors() < sectors();
            carryOut(bio, bio.flags(), bio.sector(), bio.sectors() + (room ? 1 : 0));
        }
    }

    /** Offers discards that it cannot do. */
    public static class DiscardRefused extends PlainDisk {
        public DiscardRefused(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            if (bio.op() == BioOp.DISCARD) {
                bio.endIo(BioStatus.UNSUPPORTED);
            } else {
                super.carryOut(bio);
            }
        }
    }

    /** Takes write-zeroes for a hint. */
    public static class ZeroesForgotten extends PlainDisk {
        public ZeroesForgotten(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            if (bio.op() == BioOp.WRITE_ZEROES) {
                bio.endIo(BioStatus.OK);
            } else {
                super.carryOut(bio);
            }
        }
    }

    /** Can do discards, and does not say so. */
    public static class DiscardNotOffered extends PlainDisk {
        public DiscardNotOffered(DeviceRequest request) {
            super(request);
        }

        @Override
        public QueueLimits limits() {
            return super.limits().toBuilder().maxDiscardSectors(0).build();
        }
    }

    /** Sees holes everywhere. */
    public static class HolesEverywhere extends PlainDisk {
        public HolesEverywhere(DeviceRequest request) {
            super(request);
        }

        @Override
        public void extents(long sector, long sectors, ExtentVisitor visitor) {
            visitor.visit(sector, sectors, ExtentType.HOLE);
        }
    }

    /** Tells of its data alone. */
    public static class HolesNotTold extends PlainDisk {
        public HolesNotTold(DeviceRequest request) {
            super(request);
        }

        @Override
        public void extents(long sector, long sectors, ExtentVisitor visitor) throws IOException {
            super.extents(
                    sector, sectors, (at, length, type) -> type == ExtentType.HOLE || visitor.visit(at, length, type));
        }
    }

    /** Does not listen to the visitor. */
    public static class VisitorNotHeard extends PlainDisk {
        public VisitorNotHeard(DeviceRequest request) {
            super(request);
        }

        @Override
        public void extents(long sector, long sectors, ExtentVisitor visitor) throws IOException {
            super.extents(sector, sectors, (at, length, type) -> {
                visitor.visit(at, length, type);
                return true;
            });
        }
    }

    /** Writes as much as there is room for, and fails then. */
    public static class WritesUpToTheEnd extends PlainDisk {
        public WritesUpToTheEnd(DeviceRequest request) {
            super(request);
        }

        @Override
        protected void process(Bio bio) {
            if (bio.op() == BioOp.WRITE && bio.sector() < sectors() && bio.sectors() > sectors() - bio.sector()) {
                int bytes = Math.toIntExact((sectors() - bio.sector()) << Bio.SECTOR_SHIFT);
                ByteBuffer part = bio.payload().slice(bio.payload().position(), bytes);
                disk().submit(Bio.write(bio.sector(), BioFlags.NONE, part, (b, status) -> bio.endIo(BioStatus.IO)));
            } else {
                super.process(bio);
            }
        }
    }

    /** Ignores flags that it does not know. */
    public static class UnknownFlagsIgnored extends PlainDisk {
        public UnknownFlagsIgnored(DeviceRequest request) {
            super(request);
        }

        @Override
        protected void process(Bio bio) {
            if ((bio.flags() & ~BioFlags.ALL) != 0) {
                carryOut(bio, BioFlags.NONE, bio.sector(), bio.sectors());
            } else {
                super.process(bio);
            }
        }
    }

    /** Fails what it must not try again, before it has tried. */
    public static class FailfastFails extends PlainDisk {
        public FailfastFails(DeviceRequest request) {
            super(request);
        }

        @Override
        void carryOut(Bio bio) {
            if (bio.has(BioFlags.FAILFAST)) {
                bio.endIo(BioStatus.TRANSPORT);
            } else {
                super.carryOut(bio);
            }
        }
    }

    /** Has slow zeroes, and writes them for those who want fast ones. */
    public static class SlowZeroesForAll extends PlainDisk {
        public SlowZeroesForAll(DeviceRequest request) {
            super(request);
        }

        @Override
        public QueueLimits limits() {
            return super.limits().toBuilder().fastZeroes(false).build();
        }

        @Override
        protected void process(Bio bio) {
            if (bio.has(BioFlags.FAST_ONLY)) {
                carryOut(bio);
            } else {
                super.process(bio);
            }
        }
    }
}
