package io.devicemapper.targets.cache;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.TargetView;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.StatusType;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import io.devicemapper.testkit.FaultDevice;
import io.devicemapper.testkit.PowerCut;
import io.devicemapper.testkit.PowerCutDevice;
import io.devicemapper.testkit.RecordingDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A cache of 8 blocks before an origin of 32 and a half, whose migrations a test decides about. Devices outlive the cache. */
final class Rig implements AutoCloseable {
    static final int BLOCK = 64;
    static final int CACHE_BLOCKS = 8;
    static final int ORIGIN_SECTORS = 32 * BLOCK + BLOCK / 2;
    private static final long PATIENCE_SECONDS = 60;

    final PowerCut power = new PowerCut();
    final Disk metadata = new Disk(power, "metadata", 128 * 8);
    final Disk cache = new Disk(power, "cache", CACHE_BLOCKS * BLOCK);
    final Disk origin = new Disk(power, "origin", ORIGIN_SECTORS);
    private final String scriptName = UUID.randomUUID().toString();
    final ScriptedPolicy.Script script = ScriptedPolicy.script(scriptName);
    private DeviceMapper deviceMapper;
    private MappedDevice device;

    /** A disk that can fail, and remembers what came. */
    static final class Disk {
        final PowerCutDevice medium;
        final FaultDevice faults;
        final RecordingDevice recorder;

        Disk(PowerCut power, String name, long sectors) {
            medium = PowerCutDevice.create(name, sectors, power);
            faults = new FaultDevice(medium);
            recorder = new RecordingDevice(faults);
        }

        byte firstByte(long sector) {
            ByteBuffer content = ByteBuffer.allocate(Bio.SECTOR_SIZE);
            medium.content().read(sector, content);
            return content.get(0);
        }
    }

    String table(String features) {
        return "0 " + ORIGIN_SECTORS + " cache metadata cache origin " + BLOCK + " " + features + " scripted 2 script "
                + scriptName;
    }

    Rig start() throws DmException {
        return start("1 writethrough");
    }

    Rig start(String features) throws DmException {
        open();
        device = deviceMapper.create("ca", table(features));
        return this;
    }

    /** With a policy of the program's own. */
    Rig startWithPolicy(String policy) throws DmException {
        open();
        String line = table("1 writethrough");
        device = deviceMapper.create("ca", line.substring(0, line.indexOf("scripted")) + policy);
        return this;
    }

    /** As {@link #start}, on a mapped device {@code fast} that has so many blocks of the cache device, and can get another size. */
    Rig startOnFast(int cacheBlocks) throws DmException {
        open();
        deviceMapper.create("fast", fast(cacheBlocks));
        device = deviceMapper.create("ca", tableOnFast("1 writethrough"));
        return this;
    }

    static String fast(int cacheBlocks) {
        return "0 " + cacheBlocks * BLOCK + " plain cache";
    }

    String tableOnFast(String features) {
        return table(features).replace(" cache metadata cache ", " cache metadata /dev/mapper/fast ");
    }

    private void open() {
        deviceMapper = DeviceMapper.builder()
                .targetType(new PlainTarget())
                .device("metadata", metadata.recorder)
                .device("cache", cache.recorder)
                .device("origin", origin.recorder)
                .build();
    }

    DeviceMapper deviceMapper() {
        return deviceMapper;
    }

    BlockDevice device() {
        return device;
    }

    void stop() throws DmException {
        if (deviceMapper != null) {
            deviceMapper.close();
            deviceMapper = null;
        }
    }

    /** As if the process had been killed: nothing is stored any more. */
    void crash() throws DmException {
        power.cut();
        stop();
        power.restore();
    }

    /** Has blocks promoted or evicted, and waits until that is over. */
    MigrationOutcome migrate(Migration migration) throws Exception {
        int before = script.outcomes().size();
        script.add(migration);
        await(() -> script.outcomes().size() > before);
        return script.outcomes().get(before);
    }

    void promote(long originBlock) throws Exception {
        MigrationOutcome outcome = migrate(Migration.promote(originBlock));
        if (outcome != MigrationOutcome.DONE) {
            throw new AssertionError("block " + originBlock + " was not promoted: " + outcome + ", " + status());
        }
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadlineNanos) {
                throw new AssertionError("waited for " + PATIENCE_SECONDS + " s in vain");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    void write(long sector, int value) throws IOException {
        device.write(sector, sectorOf(value));
    }

    static ByteBuffer sectorOf(int value) {
        ByteBuffer buffer = ByteBuffer.allocate(Bio.SECTOR_SIZE);
        for (int i = 0; i < Bio.SECTOR_SIZE; i++) {
            buffer.put(i, (byte) value);
        }
        return buffer;
    }

    int read(long sector) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Bio.SECTOR_SIZE);
        device.read(sector, buffer);
        return buffer.get(0);
    }

    /** Submits a write without waiting for it. */
    CompletableFuture<BioStatus> submitWrite(long sector, int value) {
        return submit(BioOp.WRITE, sector, 1, sectorOf(value));
    }

    CompletableFuture<BioStatus> submit(BioOp op, long sector, long sectors, ByteBuffer payload) {
        CompletableFuture<BioStatus> ended = new CompletableFuture<>();
        device.submit(Bio.of(op, 0, sector, sectors, payload, (bio, status) -> ended.complete(status)));
        return ended;
    }

    static BioStatus end(CompletableFuture<BioStatus> bio) throws Exception {
        return bio.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    String status() {
        return device.liveTable().orElseThrow().targets().get(0).status(StatusType.INFO);
    }

    String tableText() {
        return device.liveTable().orElseThrow().targets().get(0).status(StatusType.TABLE);
    }

    /** A field of the status line, counted from 1. */
    String field(int number) {
        return List.of(status().split(" ", -1)).get(number - 1);
    }

    int residents() {
        return Integer.parseInt(field(4).split("/", -1)[0]);
    }

    /** The parts of the cache that is live. */
    Cache parts() {
        TargetView target = device.liveTable().orElseThrow().targets().get(0);
        return ((CacheLine) ((DmTarget<?>) target).state()).cache();
    }

    /** Waits until all is durable that the metadata was to be told before this. */
    void awaitCommit() {
        boolean durable = parts().committer().await(new MetadataChange() {
            @Override
            public void apply(CacheMetadata content) {
                // What was enqueued before is all there is to commit.
            }

            @Override
            public void settled(boolean durable) {
                // It is awaited.
            }
        });
        if (!durable) {
            throw new AssertionError("nothing can be committed: " + status());
        }
    }

    String stats() throws DmException {
        return deviceMapper.message("ca", 0, "stats");
    }

    @Override
    public void close() throws DmException {
        stop();
    }
}
