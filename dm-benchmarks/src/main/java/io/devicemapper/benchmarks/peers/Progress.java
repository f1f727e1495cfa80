package io.devicemapper.benchmarks.peers;

/** Tells on standard error what is going on; standard output is for the tables. */
final class Progress {
    private Progress() {}

    static void tell(String what) {
        System.err.println("nbd-peers: " + what);
    }
}
