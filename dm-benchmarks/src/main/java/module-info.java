/** JMH benchmarks of the data path. */
module io.devicemapper.benchmarks {
    requires io.devicemapper.core;
    requires jmh.core;
}
