package io.devicemapper.benchmarks.peers;

import java.util.List;

/** nbdcopy of the whole export to nowhere: four connections, many requests under way. */
record NbdcopyLoad() implements Load {
    private static final int TIMEOUT_SECONDS = 600;

    /** What nbdcopy asks for at a time by default. */
    private static final int REQUEST_BYTES = 256 << 10;

    @Override
    public Measurement run(String uri, int seconds, Setting setting) throws PeersException, InterruptedException {
        long begin = System.nanoTime();
        setting.workspace()
                .run("nbdcopy", TIMEOUT_SECONDS, setting.onClientCpu(List.of(Tool.NBDCOPY.command(), uri, "null:")));
        double nanos = System.nanoTime() - begin;
        double requests = (double) setting.options().bytes() / REQUEST_BYTES;
        return new Measurement(requests, nanos, REQUEST_BYTES, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
    }
}
