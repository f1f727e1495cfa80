package io.devicemapper.testkit;

/** What a rule works with. */
interface Rig {
    /** What decides about all that is random. */
    long seed();

    /**
     * Takes everything apart.
     *
     * @throws AssertionError if something is left behind, or a contract was broken
     */
    void end() throws Exception;
}
