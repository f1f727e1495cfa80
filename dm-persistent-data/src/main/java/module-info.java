/** The kernel's persistent-data library for the JVM: what dm-cache and dm-thin keep their metadata in. */
module io.devicemapper.persistent {
    requires transitive io.devicemapper.api;

    exports io.devicemapper.persistent;
}
