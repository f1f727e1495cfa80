package io.devicemapper.targets.cache.metadata;

/** Who used a cache last, and so what a mark on a cache block means: see {@link CacheMetadata}. */
public enum Provenance {
    /**
     * This program, for a cache that writes through. An unmarked block equals its origin block. A mark is the intent of a write: it is not known
     * which of the two sides has it. Marked blocks are dropped.
     */
    OURS("last used by this program"),
    /**
     * This program, which went on without the cache device: writes went past it. Everything in it may be stale and has to be dropped,
     * marked or not: {@link CacheMetadata#empty}.
     */
    DETACHED("detached by this program"),
    /**
     * A kernel or a tool, which closed the metadata in order. Marked blocks are newer than the origin: they are copied back, never
     * dropped. Unmarked ones equal it.
     */
    FOREIGN_CLEAN("closed in order by a kernel or a tool"),
    /** A kernel or a tool, which did not close the metadata in order. Every valid block may be newer than the origin, and is copied back. */
    FOREIGN_UNCLEAN("not closed in order by a kernel or a tool");

    private final String words;

    Provenance(String words) {
        this.words = words;
    }

    /** As a report says it. */
    String words() {
        return words;
    }
}
