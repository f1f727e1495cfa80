package io.devicemapper.cache;

/** What became of a {@link Migration}. */
public enum MigrationOutcome {
    /** All of it was done. */
    DONE,
    /** The block that had to leave has left, but the other one did not come: its copy failed. Its cache block is free. */
    ONLY_EVICTED,
    /** Nothing of it was done: blocks were in use, the copy or a commit failed, or the cache is being suspended. */
    REFUSED
}
