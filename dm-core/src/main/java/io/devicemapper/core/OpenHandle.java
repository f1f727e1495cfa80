package io.devicemapper.core;

/** An opening of a mapped device, which keeps it from being removed. Closing it twice is harmless. */
public interface OpenHandle extends AutoCloseable {
    /** The device that is open. */
    MappedDevice device();

    @Override
    void close();
}
