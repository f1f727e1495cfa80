/** Tables, mapped devices and the bio engine. */
module io.devicemapper.core {
    requires transitive io.devicemapper.api;
    requires com.sun.jna;
}
