/** Benchmarks: JMH on the data path, and the comparison of whole NBD servers. */
module io.devicemapper.benchmarks {
    requires io.devicemapper.benchkit;
    requires io.devicemapper.core;
    requires jmh.core;
}
