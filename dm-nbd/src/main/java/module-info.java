/** NBD, as server and as client. */
module io.devicemapper.nbd {
    requires transitive io.devicemapper.api;
}
