package io.devicemapper.benchmarks.peers;

/** What a client asks for. */
interface Load {
    /**
     * Runs the client against a server.
     *
     * @param uri the export, as an NBD URI
     * @param seconds how long, where the load has no end of its own
     * @return what the client measured
     */
    Measurement run(String uri, int seconds, Setting setting) throws PeersException, InterruptedException;

    /** Runs the same on the data file with O_DIRECT, without a server. */
    default Measurement runOnFile(int seconds, Setting setting) throws PeersException, InterruptedException {
        throw new PeersException(this + " cannot run without a server");
    }
}
