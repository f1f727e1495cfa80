/** The dm command and its daemon. */
module io.devicemapper.cli {
    requires io.devicemapper.core;
    requires io.devicemapper.nbd;

    uses java.util.spi.ToolProvider;
}
