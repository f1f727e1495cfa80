/** The kit that authors of targets test with. */
module io.devicemapper.testkit {
    requires transitive io.devicemapper.api;
    requires transitive io.devicemapper.core;
    requires transitive org.junit.jupiter.api;
    requires java.management;

    exports io.devicemapper.testkit;

    // The rules are test methods of package-private interfaces, which JUnit calls by reflection.
    opens io.devicemapper.testkit to
            org.junit.platform.commons;
}
