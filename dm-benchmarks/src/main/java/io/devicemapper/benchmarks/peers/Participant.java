package io.devicemapper.benchmarks.peers;

/** Whoever takes part in a contest. */
interface Participant {
    /** Names it in tables. */
    String label();

    /** Puts a load on it. */
    Measurement measure(Load load, int seconds) throws PeersException, InterruptedException;
}
