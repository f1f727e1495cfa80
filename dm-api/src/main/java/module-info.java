/** What the authors of targets and devices compile against. Depends on nothing but the JDK. */
module io.devicemapper.api {
    exports io.devicemapper.block;
    exports io.devicemapper.cache;
    exports io.devicemapper.key;
    exports io.devicemapper.path;
    exports io.devicemapper.target;
}
