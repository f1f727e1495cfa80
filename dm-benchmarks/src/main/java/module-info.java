/** Benchmarks: JMH on the data path, and the comparison of whole NBD servers. */
module io.devicemapper.benchmarks {
    requires io.devicemapper.benchkit;
    requires io.devicemapper.core;
    requires io.devicemapper.persistent;
    requires com.h2database.mvstore;
    requires io.devicemapper.targets.crypt;
    requires it.unimi.dsi.fastutil;
    requires jmh.core;
    requires lmdbjava;
    requires org.bouncycastle.provider;
}
