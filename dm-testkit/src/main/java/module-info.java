/** The kit that authors of targets test with. */
module io.devicemapper.testkit {
    requires transitive io.devicemapper.api;
    requires transitive io.devicemapper.core;
    requires transitive org.junit.jupiter.api;

    exports io.devicemapper.testkit;
}
