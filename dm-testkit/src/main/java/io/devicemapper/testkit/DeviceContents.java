package io.devicemapper.testkit;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What was written to a device. Nothing else is expected of it. Safe for use by several threads. */
final class DeviceContents implements RigIo.Contents {
    private final Map<Long, byte[]> lastWritten = new ConcurrentHashMap<>();

    @Override
    public void wrote(long sector, byte[] content) {
        lastWritten.put(sector, content);
    }

    @Override
    public void forget(long sector) {
        lastWritten.remove(sector);
    }

    @Override
    public byte[] lastWritten(long sector) {
        return lastWritten.get(sector);
    }

    @Override
    public byte[] expected(long sector) {
        return null; // nothing but what was written, which is compared anyway
    }
}
