package io.devicemapper.benchmarks.peers;

/** The disk without a server: fio itself reads the file, with O_DIRECT by io_uring. */
record FioAlone(Setting setting) implements Participant {
    @Override
    public String label() {
        return "fio io_uring direct, no server";
    }

    @Override
    public Measurement measure(Load load, int seconds) throws PeersException, InterruptedException {
        return load.runOnFile(seconds, setting);
    }
}
