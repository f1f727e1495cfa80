package io.devicemapper.testkit.wrong;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Targets that send data to the wrong place, or spoil it. */
final class WrongMappings {
    private WrongMappings() {}

    /** Forgets the start. */
    public static class OffsetIgnored extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            Join join = ti.state();
            return bio.remap(bio.sector() < join.half() ? join.first() : join.second(), bio.sector() % join.half());
        }
    }

    /** One sector too far. */
    public static class OffByOne extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            Join join = ti.state();
            return bio.remap(
                    bio.sector() < join.half() ? join.first() : join.second(),
                    join.startSector() + 1 + bio.sector() % join.half());
        }
    }

    /** Takes the sector for one of the whole mapped device. */
    public static class BeginNotSubtracted extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            Join join = ti.state();
            return bio.remap(
                    bio.sector() < join.half() ? join.first() : join.second(),
                    join.startSector() + (ti.begin() + bio.sector()) % join.half());
        }
    }

    /** The first sector of the second half goes to the first device. */
    public static class HalvesOverlapByOne extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            Join join = ti.state();
            return bio.remap(
                    bio.sector() <= join.half() && bio.sectors() == 1 ? join.first() : join.second(),
                    join.startSector() + bio.sector() % join.half());
        }
    }

    /** Sends what crosses the halves to the first device altogether. */
    public static class NotSplit extends JoinTarget {
        @Override
        void settings(DmTarget<Join> ti) {
            ti.flushBios(2);
            ti.discardBios(2);
            ti.writeZeroesBios(2);
        }
    }

    /** Splits at the wrong place. */
    public static class SplitOneTooLate extends JoinTarget {
        @Override
        void settings(DmTarget<Join> ti) {
            super.settings(ti);
            ti.maxIoLen(ti.len() / 2 + 1);
        }
    }

    /** Counts sectors in 32 bits. */
    public static class SectorsInThirtyTwoBits extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            Join join = ti.state();
            return bio.remap(
                    bio.sector() < join.half() ? join.first() : join.second(),
                    join.startSector() + (bio.sector() % join.half() & 0xFFFF_FFFFL));
        }
    }

    /** Counts bytes in 31 bits. */
    public static class BytesInThirtyOneBits extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            Join join = ti.state();
            long bytes = bio.sector() % join.half() << Bio.SECTOR_SHIFT & Integer.MAX_VALUE;
            return bio.remap(
                    bio.sector() < join.half() ? join.first() : join.second(),
                    join.startSector() + (bytes >> Bio.SECTOR_SHIFT));
        }
    }

    /** Keeps the start in a static field: the last target made decides for all. */
    public static class StaticState extends JoinTarget {
        private static volatile Join last;

        @Override
        public Join ctr(DmTarget<Join> ti, TargetArgs args) throws TargetException {
            Join join = super.ctr(ti, args);
            last = join;
            return join;
        }

        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            Join join = last;
            return bio.remap(
                    bio.sector() < join.half() ? join.first() : join.second(),
                    join.startSector() + bio.sector() % join.half());
        }
    }

    /** Answers reads with what it read there first. */
    public static class StaleReads extends JoinTarget {
        private final Map<String, ByteBuffer> first = new ConcurrentHashMap<>();

        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            ByteBuffer known = bio.op() == BioOp.READ ? first.get(key(ti, bio)) : null;
            if (known == null) {
                return super.mapData(ti, bio);
            }
            bio.payload().put(bio.payload().position(), known, 0, known.remaining());
            return bio.complete(BioStatus.OK);
        }

        private static String key(DmTarget<Join> ti, TargetBio bio) {
            return System.identityHashCode(ti) + ":" + bio;
        }

        @Override
        public EndIo endIo(DmTarget<Join> ti, TargetBio bio, BioStatus status) {
            if (bio.op() == BioOp.READ && status.isOk()) {
                ByteBuffer copy = ByteBuffer.allocate(bio.payload().remaining());
                copy.put(0, bio.payload(), bio.payload().position(), copy.remaining());
                first.putIfAbsent(key(ti, bio), copy);
            }
            return EndIo.done(status);
        }
    }

    /** Turns the bits of a write's payload round where they stand, and back when it returns. */
    public static class WritePayloadChanged extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            if (bio.op() == BioOp.WRITE) {
                turn(bio.payload());
            }
            return super.mapData(ti, bio);
        }

        @Override
        public EndIo endIo(DmTarget<Join> ti, TargetBio bio, BioStatus status) {
            if (bio.op() == BioOp.READ) {
                turn(bio.payload());
            }
            return EndIo.done(status);
        }

        private static void turn(ByteBuffer payload) {
            for (int at = payload.position(); at < payload.limit(); at++) {
                payload.put(at, (byte) ~payload.get(at));
            }
        }
    }

    /** Reads the payload with relative calls. */
    public static class PayloadPositionMoved extends JoinTarget {
        @Override
        public EndIo endIo(DmTarget<Join> ti, TargetBio bio, BioStatus status) {
            if (bio.op() == BioOp.READ) {
                while (bio.payload().hasRemaining()) {
                    bio.payload().get();
                }
            }
            return EndIo.done(status);
        }
    }

    /** Takes it for granted that a payload has an array. */
    public static class PayloadMustHaveAnArray extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            return bio.payload().array().length == 0 ? bio.complete(BioStatus.IO) : super.mapData(ti, bio);
        }
    }

    /** Ignores that the payload may begin inside its array. */
    public static class PayloadOffsetIgnored extends JoinTarget {
        @Override
        public EndIo endIo(DmTarget<Join> ti, TargetBio bio, BioStatus status) {
            ByteBuffer payload = bio.payload();
            if (bio.op() == BioOp.READ && payload.hasArray() && payload.position() > 0) {
                payload.array()[payload.arrayOffset()] = payload.get(payload.position());
            }
            return EndIo.done(status);
        }
    }

    /** Discards one sector too many. */
    public static class DiscardTakesANeighbour extends JoinTarget {
        @Override
        MapResult mapRange(Join join, TargetBio bio) {
            long next = bio.sector() + bio.sectors();
            if (bio.op() == BioOp.DISCARD && bio.sector() > 0 && next <= join.half()) {
                return bio.copyNumber() == 1
                        ? bio.complete(BioStatus.OK)
                        : bio.remap(join.first(), join.startSector() + bio.sector() - 1);
            }
            return super.mapRange(join, bio);
        }
    }

    /** Says that zeroes were written, and does nothing. */
    public static class ZeroesNotWritten extends JoinTarget {
        @Override
        MapResult mapRange(Join join, TargetBio bio) {
            return bio.op() == BioOp.WRITE_ZEROES ? bio.complete(BioStatus.OK) : super.mapRange(join, bio);
        }
    }

    /** Zeroes the first half alone. */
    public static class ZeroesInOneHalf extends JoinTarget {
        @Override
        MapResult mapRange(Join join, TargetBio bio) {
            boolean skip = bio.op() == BioOp.WRITE_ZEROES && bio.copyNumber() == 1;
            return skip ? bio.complete(BioStatus.OK) : super.mapRange(join, bio);
        }
    }

    /** Offers discards that it cannot do. */
    public static class DiscardsOfferedInVain extends JoinTarget {
        @Override
        void settings(DmTarget<Join> ti) {
            super.settings(ti);
            ti.discardsSupported();
        }

        @Override
        MapResult mapRange(Join join, TargetBio bio) {
            return bio.op() == BioOp.DISCARD ? bio.complete(BioStatus.UNSUPPORTED) : super.mapRange(join, bio);
        }
    }
}
