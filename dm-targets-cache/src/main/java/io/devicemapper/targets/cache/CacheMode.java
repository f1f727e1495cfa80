package io.devicemapper.targets.cache;

/** What becomes of writes to cached blocks. */
enum CacheMode {
    /** They go to both devices, and are acknowledged when both have them. */
    WRITETHROUGH("writethrough"),
    /** They go to the origin, as reads do; the cached block is dropped first. */
    PASSTHROUGH("passthrough");

    private final String word;

    CacheMode(String word) {
        this.word = word;
    }

    /** As written in a table line. */
    String word() {
        return word;
    }
}
