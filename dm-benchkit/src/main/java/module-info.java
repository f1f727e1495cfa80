/** What authors of targets and devices measure with: JMH benchmarks to extend. */
module io.devicemapper.benchkit {
    requires transitive io.devicemapper.core;
    requires transitive jmh.core;
    requires jdk.management;

    exports io.devicemapper.benchkit;
}
