package io.devicemapper.target;

/** The level of this API. */
public final class DmApi {
    /**
     * Raised by one with each addition that a host and a plugin must agree on. A compile-time constant, so the compiler copies
     * the level that a plugin was built against into the plugin.
     */
    public static final int LEVEL = 1;

    private DmApi() {}
}
