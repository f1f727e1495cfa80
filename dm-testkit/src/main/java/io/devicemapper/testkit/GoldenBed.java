package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.device.RamDevice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A device mapper in which the plain devices of a {@link GoldenFile} are RAM disks, so that the tables of its records can be loaded as they
 * stand: a disk is known by its number, such as {@code 7:0}, and by its path, such as {@code /dev/loop0}. Not safe for use by
 * several threads.
 */
public final class GoldenBed implements AutoCloseable {
    private final Map<String, BlockDevice> disks = new LinkedHashMap<>();
    private final Map<String, String> numbers = new LinkedHashMap<>();
    private final DeviceMapper deviceMapper;

    /**
     * A bed with empty disks.
     *
     * @param devices the plain devices
     */
    public GoldenBed(List<GoldenDevice> devices) {
        DeviceMapper.Builder builder = DeviceMapper.builder();
        for (GoldenDevice device : devices) {
            BlockDevice disk = disk(device);
            String path = "/dev/" + device.name();
            builder.device(device.number(), disk).device(path, disk);
            disks.put(device.name(), disk);
            numbers.put(path, device.number());
        }
        deviceMapper = builder.build();
    }

    private static BlockDevice disk(GoldenDevice device) {
        BlockDevice ram = RamDevice.create(device.name(), device.sectors() << Bio.SECTOR_SHIFT);
        if (device.logicalBlockSize() == Bio.SECTOR_SIZE) {
            return ram;
        }
        QueueLimits limits = ram.limits().toBuilder()
                .logicalBlockSize(device.logicalBlockSize())
                .build();
        return new LimitsDevice(ram, limits);
    }

    /** The device mapper. */
    public DeviceMapper deviceMapper() {
        return deviceMapper;
    }

    /**
     * A plain device.
     *
     * @param name the kernel's name for it, such as {@code loop0}
     */
    public BlockDevice disk(String name) {
        BlockDevice disk = disks.get(name);
        if (disk == null) {
            throw new IllegalArgumentException("no disk '" + name + "' among " + disks.keySet());
        }
        return disk;
    }

    /**
     * A mapped device.
     *
     * @param name its name
     * @throws AssertionError if there is none of that name
     */
    public MappedDevice mapped(String name) {
        return deviceMapper.device(name).orElseThrow(() -> new AssertionError("no mapped device '" + name + "'"));
    }

    /**
     * A status or table text as a kernel prints it: with numbers for devices, however they were written.
     *
     * @param text as this device mapper prints it
     */
    public String inNumbers(String text) {
        String[] words = text.split(" ", -1);
        for (int i = 0; i < words.length; i++) {
            words[i] = number(words[i]);
        }
        return String.join(" ", words);
    }

    /**
     * The number of a device.
     *
     * @param name as a table line has it
     * @return {@code MAJOR:MINOR}, or the name itself if it names no device of this bed
     */
    public String number(String name) {
        for (MappedDevice device : deviceMapper.devices()) {
            if (name.equals("/dev/mapper/" + device.name())) {
                return device.major() + ":" + device.minor();
            }
        }
        return numbers.getOrDefault(name, name);
    }

    /** Removes all mapped devices. */
    @Override
    public void close() throws DmException {
        deviceMapper.close();
    }
}
