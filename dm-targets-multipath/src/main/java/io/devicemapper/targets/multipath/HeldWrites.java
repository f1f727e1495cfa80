package io.devicemapper.targets.multipath;

import io.devicemapper.block.BioStatus;
import io.devicemapper.target.TargetBio;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The writes of a target that wait for the end of a doubt about an older one: without bound, or for {@code in_doubt_secs}. They are never sent before, and a
 * suspend fails them or pushes them back.
 */
final class HeldWrites {
    private final Multipath multipath;
    private final DoubtLedger doubts;
    private final long patienceNanos;

    /** Who takes a write from here decides what becomes of it. */
    private final Set<Held> held = ConcurrentHashMap.newKeySet();

    private volatile boolean suspending;

    HeldWrites(Multipath multipath, DoubtLedger doubts) {
        this.multipath = multipath;
        this.doubts = doubts;
        this.patienceNanos =
                TimeUnit.SECONDS.toNanos(multipath.features().inDoubtSeconds().orElse(0));
    }

    private final class Held implements Runnable {
        private final TargetBio bio;

        Held(TargetBio bio) {
            this.bio = bio;
        }

        /** The doubt is over. */
        @Override
        public void run() {
            if (held.remove(this)) {
                multipath.carrier().again(bio);
            }
        }

        void giveUp() {
            if (held.remove(this)) {
                doubts.cancel(this);
                if (multipath.ti().isNoflushSuspending()) {
                    bio.requeue();
                } else {
                    bio.complete(BioStatus.IO);
                }
            }
        }
    }

    /** Whether any write may have to wait. */
    boolean mayHold() {
        return !doubts.isEmpty();
    }

    /**
     * Keeps a write if it has to wait.
     *
     * @param mark by which its own doubts are known, or null
     * @return false if it may be sent
     */
    boolean hold(TargetBio bio, Object mark) {
        Held write = new Held(bio);
        held.add(write);
        if (!doubts.await(bio.sector(), bio.sectors(), mark, write)) {
            held.remove(write);
            return false;
        }
        if (suspending) {
            write.giveUp();
        } else if (patienceNanos != 0) {
            multipath.later(write::giveUp, patienceNanos, TimeUnit.NANOSECONDS);
        }
        return true;
    }

    void suspend() {
        suspending = true;
        held.forEach(Held::giveUp);
    }

    void resume() {
        suspending = false;
    }
}
