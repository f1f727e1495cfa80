package io.devicemapper.targets.cache;

import java.util.ArrayList;
import java.util.List;

/**
 * One block's way out of the cache: writes to it are held, the unmapping is committed, the block is hidden, and then whoever asked for it is told.
 * Until the commit the block is as good as any, so reads go on.
 */
final class Unmapping {
    /** Is told once, on a thread that may submit bios, how an unmapping ended. Must not block. */
    @FunctionalInterface
    interface Listener {
        /**
         * The unmapping is over.
         *
         * @param done whether nobody will ever see the block again, also after a crash; otherwise it is neither read nor written any more, until
         *     the metadata or the cache device can be written
         */
        void unmapped(boolean done);
    }

    private final CacheBlock block;
    private final long originBlock;

    /** Guarded by the block's monitor. */
    private final List<Listener> listeners = new ArrayList<>(1);

    Unmapping(CacheBlock block, long originBlock) {
        this.block = block;
        this.originBlock = originBlock;
    }

    CacheBlock block() {
        return block;
    }

    long originBlock() {
        return originBlock;
    }

    /** With the block's monitor held. */
    void tell(Listener listener) {
        listeners.add(listener);
    }

    /** With the block's monitor held. */
    List<Listener> listeners() {
        return List.copyOf(listeners);
    }
}
