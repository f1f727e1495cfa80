package io.devicemapper.core;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DmApi;

/** A device about which nothing is special but what a test makes of its bios. */
abstract class PlainDevice extends BlockDevice {
    private final String name;
    private final long sectors;

    PlainDevice(String name, long sectors) {
        this.name = name;
        this.sectors = sectors;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long sectors() {
        return sectors;
    }

    @Override
    public QueueLimits limits() {
        return QueueLimits.DEFAULT;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public boolean mayWait() {
        return false;
    }

    /** Makes such devices, each of which is what its name says. */
    abstract static class Provider implements BlockDeviceProvider {
        private final String scheme;

        Provider(String scheme) {
            this.scheme = scheme;
        }

        @Override
        public String scheme() {
            return scheme;
        }

        @Override
        public int apiLevel() {
            return DmApi.LEVEL;
        }
    }
}
