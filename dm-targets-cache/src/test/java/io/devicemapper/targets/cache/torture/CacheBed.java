package io.devicemapper.targets.cache.torture;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.target.StatusType;
import io.devicemapper.testkit.AssertingDevice;
import io.devicemapper.testkit.DeviceModel;
import io.devicemapper.testkit.FaultDevice;
import io.devicemapper.testkit.LateDevice;
import io.devicemapper.testkit.PowerCut;
import io.devicemapper.testkit.PowerCutDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A small cache over three devices on one power supply, and what was done to it. Each life of the cache has a device mapper of its own; the
 * devices stay.
 */
final class CacheBed implements AutoCloseable {
    /** The least that the kernel allows. */
    static final int BLOCK_SECTORS = 64;

    static final String NAME = "tortured";

    private static final long METADATA_SECTORS = 128 * 8;

    /** Less than a block, at the origin's end: never cached. */
    private static final int TAIL_SECTORS = 24;

    /** One of the three devices. */
    static final class Disk {
        final PowerCutDevice medium;
        final FaultDevice faults;
        final AssertingDevice top;

        private Disk(PowerCutDevice medium, boolean late, long seed) {
            this.medium = medium;
            this.faults = new FaultDevice(medium);
            BlockDevice answering = late ? new LateDevice(faults, seed) : faults;
            this.top = new AssertingDevice(answering);
        }
    }

    /**
     * What the cache is like.
     *
     * @param seed decides about all that is random
     * @param originBlocks whole blocks of the origin
     * @param cacheBlocks blocks of the cache device
     * @param features with their count, as in a table line
     * @param policy with its arguments' count, as in a table line; null for {@code torture}
     * @param late whether devices answer late and out of order
     * @param operated whether tables come and go while bios do
     */
    record Setup(
            long seed,
            int originBlocks,
            int cacheBlocks,
            String features,
            String policy,
            boolean late,
            boolean operated) {
        static Setup of(long seed) {
            return new Setup(seed, 12, 5, "1 writethrough", null, false, false);
        }

        Setup withFeatures(String wanted) {
            return new Setup(seed, originBlocks, cacheBlocks, wanted, policy, late, operated);
        }

        Setup withPolicy(String wanted) {
            return new Setup(seed, originBlocks, cacheBlocks, features, wanted, late, operated);
        }

        Setup withLateDevices(boolean wanted) {
            return new Setup(seed, originBlocks, cacheBlocks, features, policy, wanted, operated);
        }

        Setup withOperator() {
            return new Setup(seed, originBlocks, cacheBlocks, features, policy, late, true);
        }

        Setup withCacheBlocks(int wanted) {
            return new Setup(seed, originBlocks, wanted, features, policy, late, operated);
        }
    }

    final Setup setup;
    final PowerCut power;
    final Disk metadata;
    final Disk cache;
    final Disk origin;
    final PolicyChannel channel = new PolicyChannel();
    final WriteHistory history;
    private final Subject subject;
    private final List<String> breaches = new CopyOnWriteArrayList<>();
    private DeviceMapper deviceMapper;
    private MappedDevice device;

    /** How many operations of an operator went well. */
    private int operations;

    CacheBed(Subject subject, Setup setup) {
        this(subject, setup, METADATA_SECTORS);
    }

    CacheBed(Subject subject, Setup setup, long metadataSectors) {
        this.subject = subject;
        this.setup = setup;
        this.power = new PowerCut(setup.seed());
        this.metadata = disk("metadata", metadataSectors, 1);
        this.cache = disk("cache", (long) setup.cacheBlocks() * BLOCK_SECTORS, 2);
        this.origin = disk("origin", (long) setup.originBlocks() * BLOCK_SECTORS + TAIL_SECTORS, 3);
        this.history = new WriteHistory(origin.medium.sectors());
    }

    private Disk disk(String name, long sectors, int number) {
        return new Disk(PowerCutDevice.create(name, sectors, power), setup.late(), setup.seed() * 31 + number);
    }

    List<Disk> disks() {
        return List.of(metadata, cache, origin);
    }

    /** The table line, with the devices' names as they are in the device mapper. */
    String table() {
        return table(setup.features(), policy());
    }

    String table(String features, String policy) {
        return "0 " + origin.medium.sectors() + " cache metadata cache origin " + BLOCK_SECTORS + " " + features + " "
                + policy;
    }

    String policy() {
        return setup.policy() == null ? "torture 2 channel " + channel.number() : setup.policy();
    }

    /** Begins a life of the cache. */
    void start() throws DmException {
        deviceMapper = DeviceMapper.builder()
                .targetType(subject.type())
                .device("metadata", metadata.top)
                .device("cache", cache.top)
                .device("origin", origin.top)
                .breachListener(breaches::add)
                .build();
        device = deviceMapper.create(NAME, table());
    }

    DeviceMapper deviceMapper() {
        return deviceMapper;
    }

    MappedDevice device() {
        return device;
    }

    String status() throws DmException {
        return device.liveTable().orElseThrow().targets().get(0).status(StatusType.INFO);
    }

    void operated(int done) {
        operations += done;
    }

    int operations() {
        return operations;
    }

    /** Ends a life of the cache in good order, as far as the devices let it. */
    void stop() throws DmException {
        if (deviceMapper != null) {
            DeviceMapper ending = deviceMapper;
            deviceMapper = null;
            device = null;
            List<MappedDevice> left = ending.removeAll();
            ending.close();
            if (!left.isEmpty()) {
                throw new AssertionError(left + " could not be removed");
            }
        }
    }

    MetadataImage image() throws Exception {
        return subject.read(metadata.medium.durable());
    }

    /** While the power is off: what a kernel would make of it. */
    void checkTakeover(String when) throws Exception {
        new KernelTakeover(image(), cache.medium.durable(), origin.medium.durable())
                .check(history, BLOCK_SECTORS, when);
    }

    /** After a stop in good order: the origin alone has all that was written, and what is valid in the cache is the same. */
    void checkAtRest(String when) throws Exception {
        DeviceModel content = origin.medium.content();
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(content.sectors() << Bio.SECTOR_SHIFT));
        content.read(0, all);
        history.checkRead(0, all, history.begin(), when + ", on the origin");
        MetadataImage image = subject.read(metadata.medium.content());
        new KernelTakeover(image, cache.medium.content(), content).check(history, BLOCK_SECTORS, when);
    }

    /** Nobody below or above has broken a contract so far. */
    void checkBreaches(String when) {
        List<String> found = new ArrayList<>(breaches);
        disks().forEach(disk -> found.addAll(disk.top.breaches()));
        found.addAll(channel.breaches());
        if (!found.isEmpty()) {
            throw new AssertionError(when + ": " + String.join("\n", found));
        }
    }

    @Override
    public void close() throws DmException {
        try {
            stop();
        } finally {
            channel.close();
        }
    }
}
