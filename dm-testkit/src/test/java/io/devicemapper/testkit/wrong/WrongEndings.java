package io.devicemapper.testkit.wrong;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetBio;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/** Targets whose bios end wrongly, or too often, or never. */
final class WrongEndings {
    private WrongEndings() {}

    /** Ends writes itself, although it has sent them down. */
    public static class CompletedTwice extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            MapResult result = super.mapData(ti, bio);
            if (bio.op() == BioOp.WRITE) {
                bio.complete(BioStatus.OK);
            }
            return result;
        }
    }

    /** Keeps what is for one certain sector, and forgets it. */
    public static class NeverCompleted extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            return bio.op() == BioOp.READ && bio.sector() == 0 ? bio.submitted() : super.mapData(ti, bio);
        }
    }

    /** Has the host try again and again. */
    public static class RequeuedForever extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            return bio.op() == BioOp.READ && bio.sector() == 0 ? bio.requeue() : super.mapData(ti, bio);
        }
    }

    /** All is always well. */
    public static class ErrorSwallowed extends JoinTarget {
        @Override
        public EndIo endIo(DmTarget<Join> ti, TargetBio bio, BioStatus status) {
            return EndIo.done(BioStatus.OK);
        }
    }

    /** All is well with writes. */
    public static class WriteErrorSwallowed extends JoinTarget {
        @Override
        public EndIo endIo(DmTarget<Join> ti, TargetBio bio, BioStatus status) {
            return EndIo.done(bio.op() == BioOp.WRITE ? BioStatus.OK : status);
        }
    }

    /** Some writes that went well fail. */
    public static class ErrorInvented extends JoinTarget {
        @Override
        public EndIo endIo(DmTarget<Join> ti, TargetBio bio, BioStatus status) {
            boolean invent = bio.op() == BioOp.WRITE && bio.sector() % 7 == 3;
            return EndIo.done(invent ? BioStatus.IO : status);
        }
    }

    /** After one error, all fails. */
    public static class ErrorSticks extends JoinTarget {
        private final AtomicBoolean failed = new AtomicBoolean();

        @Override
        public EndIo endIo(DmTarget<Join> ti, TargetBio bio, BioStatus status) {
            if (!status.isOk()) {
                failed.set(true);
            }
            return EndIo.done(failed.get() ? BioStatus.IO : status);
        }
    }

    /** Tries again for ever what a device fails. */
    public static class ErrorRetriedForever extends JoinTarget {
        @Override
        public EndIo endIo(DmTarget<Join> ti, TargetBio bio, BioStatus status) {
            return status.isOk() ? EndIo.done(status) : EndIo.requeue();
        }
    }

    /** Says that it has flushed. */
    public static class FlushDropped extends JoinTarget {
        @Override
        public MapResult map(DmTarget<Join> ti, TargetBio bio) {
            return bio.op() == BioOp.FLUSH ? bio.complete(BioStatus.OK) : super.map(ti, bio);
        }
    }

    /** Flushes the first device alone. */
    public static class FlushOfOneDevice extends JoinTarget {
        @Override
        void settings(DmTarget<Join> ti) {
            super.settings(ti);
            ti.flushBios(1);
        }
    }

    /** Swallows the error of a flush. */
    public static class FlushErrorSwallowed extends JoinTarget {
        @Override
        public EndIo endIo(DmTarget<Join> ti, TargetBio bio, BioStatus status) {
            return EndIo.done(bio.op() == BioOp.FLUSH ? BioStatus.OK : status);
        }
    }

    /** Writes with bios of its own, and forgets the flags. */
    public static class FuaDropped extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            if (bio.op() != BioOp.WRITE) {
                return super.mapData(ti, bio);
            }
            Join join = ti.state();
            long sector = join.startSector() + bio.sector() % join.half();
            (bio.sector() < join.half() ? join.first() : join.second())
                    .submit(Bio.write(sector, BioFlags.NONE, bio.payload(), (own, status) -> bio.complete(status)));
            return bio.submitted();
        }
    }

    /** Copies each write to the start of its device with a bio that nobody waits for. */
    public static class OwnBioLeftOpen extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            if (bio.op() == BioOp.WRITE) {
                Join join = ti.state();
                join.second().submit(Bio.read(join.startSector(), ByteBuffer.allocate(512), (own, status) -> {}));
            }
            return super.mapData(ti, bio);
        }
    }

    /** Waits in map. */
    public static class BlocksInMap extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            try {
                ti.state().first().flush();
            } catch (IOException e) {
                return bio.complete(BioStatus.IO);
            }
            return super.mapData(ti, bio);
        }
    }

    /** Takes the submitting thread's interrupt away. */
    public static class InterruptTaken extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            return Thread.interrupted() ? bio.complete(BioStatus.IO) : super.mapData(ti, bio);
        }
    }

    /** Raises an event for each bio. */
    public static class EventForEachBio extends JoinTarget {
        @Override
        public EndIo endIo(DmTarget<Join> ti, TargetBio bio, BioStatus status) {
            ti.event();
            return EndIo.done(status);
        }
    }

    /** Answers something else than it did. */
    public static class WrongAnswerFromMap extends JoinTarget {
        @Override
        MapResult mapData(DmTarget<Join> ti, TargetBio bio) {
            super.mapData(ti, bio);
            return MapResult.COMPLETED;
        }
    }

    /** Lets go of bios on a thread of its own, and counts on a lock that it also holds around suspends. */
    public static class DeadlockAtSuspend extends JoinTarget {
        private final AtomicBoolean suspending = new AtomicBoolean();

        @Override
        public EndIo endIo(DmTarget<Join> ti, TargetBio bio, BioStatus status) {
            return suspending.get() ? EndIo.incomplete() : EndIo.done(status);
        }

        @Override
        public void presuspend(DmTarget<Join> ti) {
            suspending.set(true);
        }
    }
}
