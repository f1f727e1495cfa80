package io.devicemapper.core.device;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.DmApi;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * RAM disks: {@code ram:NAME?size=SIZE}. The disk is made when NAME is first opened, and is the same one for the same NAME as
 * long as this provider lives: tables may come and go. The size may be left out once the disk exists.
 */
public final class RamDeviceProvider implements BlockDeviceProvider {
    private static final String SCHEME = "ram";
    private static final String SIZE = "size";

    private final Map<String, RamDevice> disks = new HashMap<>();

    /** For {@link java.util.ServiceLoader}. */
    public RamDeviceProvider() {}

    @Override
    public String scheme() {
        return SCHEME;
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public String identity(String name, OpenContext context) throws IOException {
        DeviceName parsed = parse(name);
        sectorsOfDisk(name, parsed);
        return SCHEME + ":" + parsed.body();
    }

    @Override
    public BlockDevice open(String name, OpenContext context) throws IOException {
        DeviceName parsed = parse(name);
        synchronized (disks) {
            long sectors = sectorsOfDisk(name, parsed);
            return disks.computeIfAbsent(
                            parsed.body(), disk -> RamDevice.create(SCHEME + ":" + disk, sectors << Bio.SECTOR_SHIFT))
                    .view(name, context.readOnly());
        }
    }

    private static DeviceName parse(String name) throws IOException {
        DeviceName parsed = DeviceName.parse(name, SCHEME, List.of(SIZE));
        if (parsed.body().isEmpty()) {
            throw new IOException(name + ": expected ram:NAME?size=SIZE");
        }
        return parsed;
    }

    /** The size of the disk that the name means, which may be yet to be made. */
    private long sectorsOfDisk(String name, DeviceName parsed) throws IOException {
        RamDevice disk;
        synchronized (disks) {
            disk = disks.get(parsed.body());
        }
        if (disk == null && !parsed.has(SIZE)) {
            throw new IOException(
                    name + ": no such RAM disk; to make one, give its size: ram:" + parsed.body() + "?size=64M");
        }
        long sectors = parsed.has(SIZE) ? parsed.sizeBytes(SIZE) >>> Bio.SECTOR_SHIFT : disk.sectors();
        if (disk != null && sectors != disk.sectors()) {
            throw new IOException(name + ": this RAM disk exists with a size of "
                    + SizeText.format(disk.sectors() << Bio.SECTOR_SHIFT) + ", not "
                    + SizeText.format(sectors << Bio.SECTOR_SHIFT));
        }
        return sectors;
    }
}
