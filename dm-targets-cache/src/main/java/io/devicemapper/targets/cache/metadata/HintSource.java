package io.devicemapper.targets.cache.metadata;

/** Tells what a policy wants to be told again after a restart. */
@FunctionalInterface
public interface HintSource {
    /** The hint for a cache block; anything for one that is not in use. All 32 bits are the policy's own. */
    int hint(long cacheBlock);
}
