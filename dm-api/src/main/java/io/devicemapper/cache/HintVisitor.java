package io.devicemapper.cache;

/** Receives the hints that a cache's metadata keeps. */
@FunctionalInterface
public interface HintVisitor {
    /**
     * One block of the cache.
     *
     * @param originBlock its number on the slow device
     * @param hint whatever helps the policy after a restart; all 32 bits are the policy's own
     */
    void hint(long originBlock, int hint);
}
