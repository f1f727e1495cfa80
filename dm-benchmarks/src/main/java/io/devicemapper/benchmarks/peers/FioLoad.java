package io.devicemapper.benchmarks.peers;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * fio with its nbd engine: one connection that keeps a number of requests under way.
 *
 * @param pattern fio's {@code rw}, such as {@code randread}
 * @param blockBytes length of a request
 * @param depth requests under way at a time
 */
record FioLoad(String pattern, int blockBytes, int depth) implements Load {
    /** Start and end of fio, and patience with a machine that does other things as well. */
    private static final int EXTRA_SECONDS = 60;

    @Override
    public Measurement run(String uri, int seconds, Setting setting) throws PeersException, InterruptedException {
        return run(seconds, setting, "--ioengine=nbd", "--uri=" + uri);
    }

    @Override
    public Measurement runOnFile(int seconds, Setting setting) throws PeersException, InterruptedException {
        return run(seconds, setting, "--ioengine=io_uring", "--direct=1", "--filename=" + setting.data());
    }

    private Measurement run(int seconds, Setting setting, String... engine)
            throws PeersException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Tool.FIO.command(),
                "--name=peers",
                "--rw=" + pattern,
                "--bs=" + blockBytes,
                "--iodepth=" + depth,
                "--size=" + setting.options().mebibytes() + "M",
                "--norandommap",
                "--randrepeat=0",
                "--time_based",
                "--runtime=" + seconds,
                "--output-format=terse",
                "--terse-version=3"));
        Collections.addAll(command, engine);
        String output = setting.workspace().run("fio", seconds + EXTRA_SECONDS, setting.onClientCpu(command));
        return TerseOutput.parse(output, pattern.endsWith("write"), blockBytes);
    }
}
