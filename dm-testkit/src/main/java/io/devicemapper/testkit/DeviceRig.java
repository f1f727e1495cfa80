package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** One device under test, made when it is first asked for, in a folder and on disks of its own. */
final class DeviceRig implements Rig {
    /** More than 2^32 sectors, as most file systems allow for one file. */
    private static final long LARGE_SECTORS = (3L << 31) + 2024;

    private static final int HOLES = 12;
    private static final int MAX_HOLE_BLOCKS = 40;

    private final BlockDeviceConformanceTest test;
    private final AtomicInteger rigs;
    private final String name;
    private final long seed;
    private final long sectors;
    private final PowerCut power;
    private final Map<String, PowerCutDevice> disks = new HashMap<>();
    private final List<DeviceOpening> openings = new ArrayList<>();
    private final List<DeviceRig> others = new ArrayList<>();
    private final DeviceContents contents = new DeviceContents();
    private Path folder;
    private DeviceOpening current;
    private RigIo io;

    DeviceRig(BlockDeviceConformanceTest test, long seed) {
        this(test, new AtomicInteger(), seed, test.sectors());
    }

    private DeviceRig(BlockDeviceConformanceTest test, AtomicInteger rigs, long seed, long sectors) {
        this.test = test;
        this.rigs = rigs;
        this.name = "disk" + rigs.incrementAndGet();
        this.seed = seed;
        this.sectors = sectors;
        this.power = new PowerCut(seed);
    }

    @Override
    public long seed() {
        return seed;
    }

    @Override
    public String subject() {
        return "the device";
    }

    @Override
    public boolean has(Behavior behavior) {
        return behavior.isLeftBy(test.lacks());
    }

    /** The size that was asked for. */
    long sectors() {
        return sectors;
    }

    Path folder() {
        if (folder == null) {
            try {
                folder = Files.createTempDirectory("dm");
            } catch (IOException e) {
                throw new IllegalStateException("no folder for the device under test", e);
            }
        }
        return folder;
    }

    synchronized PowerCutDevice disk(String diskName, long diskSectors) {
        return disks.computeIfAbsent(diskName, n -> PowerCutDevice.create(n, diskSectors, power));
    }

    DeviceContents contents() {
        return contents;
    }

    /** Opens the device once more, beside what is open. */
    DeviceOpening open(boolean readOnly) throws IOException {
        DeviceRequest request = new DeviceRequest(this, name, sectors, readOnly);
        DeviceOpening opening = new DeviceOpening(test.open(request), request);
        openings.add(opening);
        return opening;
    }

    private DeviceOpening current() throws IOException {
        if (current == null) {
            current = open(false);
        }
        return current;
    }

    @Override
    public BlockDevice device() throws IOException {
        return current().device();
    }

    @Override
    public RigIo io() throws IOException {
        if (io == null) {
            io = new RigIo(this, contents, current().checked(), 0, len());
        }
        return io;
    }

    @Override
    public long begin() {
        return 0;
    }

    @Override
    public long len() throws IOException {
        return device().sectors();
    }

    @Override
    public long block() throws IOException {
        return device().limits().logicalBlockSectors();
    }

    @Override
    public long longest(BioOp op) throws IOException {
        return switch (op) {
            case DISCARD -> device().limits().maxDiscardSectors();
            case WRITE_ZEROES -> device().limits().maxWriteZeroesSectors();
            default -> len();
        };
    }

    @Override
    public boolean takesPreflush() throws Exception {
        byte[] content = io().newContent(0, Math.toIntExact(block()));
        ByteBuffer payload = ByteBuffer.wrap(content);
        boolean taken = Bios.run(device(), BioOp.WRITE, BioFlags.PREFLUSH, 0, block(), payload)
                .isOk();
        if (taken) {
            io().wrote(0, content);
        }
        return taken;
    }

    /** One more rig, for devices of another size; taken apart with this one. */
    DeviceRig withSectors(long otherSectors) {
        return remember(new DeviceRig(test, rigs, seed, otherSectors));
    }

    private DeviceRig remember(DeviceRig rig) {
        others.add(rig);
        return rig;
    }

    @Override
    public DeviceRig large() {
        return withSectors(LARGE_SECTORS);
    }

    @Override
    public DeviceRig plugged(long otherSeed) throws Exception {
        DeviceRig rig = remember(new DeviceRig(test, rigs, otherSeed, sectors));
        rig.io().write(0, Math.toIntExact(rig.block()));
        rig.io().flush();
        Assumptions.assumeTrue(
                rig.power.writes() > 0, "the device stands on no disk of the kit whose power could be cut");
        return rig;
    }

    @Override
    public PowerCut power() {
        return power;
    }

    @Override
    public void restart() {
        power.cut();
        close(); // whatever it complains about: it has no power
        power.restore();
    }

    /** Closes the device, which is opened anew when it is next asked for. Returns what went wrong. */
    List<Exception> close() {
        List<Exception> failures = current == null ? List.of() : current.close();
        current = null;
        io = null;
        return failures;
    }

    /** As {@link #close}, and nothing may go wrong. */
    void closeWell() {
        List<Exception> failures = close();
        if (!failures.isEmpty()) {
            throw new AssertionError("closing the device: " + failures.get(0), failures.get(0));
        }
    }

    @Override
    public void makeHoles() throws Exception {
        io().fill();
        Random random = new Random(seed);
        long blocks = len() / block();
        for (int i = 0; i < HOLES; i++) {
            BioOp op = i % 2 == 0 ? BioOp.DISCARD : BioOp.WRITE_ZEROES;
            if (has(op == BioOp.DISCARD ? Behavior.DISCARDS : Behavior.WRITE_ZEROES)) {
                long length = Math.min(1 + random.nextInt(MAX_HOLE_BLOCKS), Math.min(blocks, longest(op) / block()));
                long first = random.nextLong(blocks - length + 1);
                io().ok(op, BioFlags.NONE, first * block(), length * block(), null);
                RandomRanges.note(this, op, first * block(), length * block(), BioStatus.OK);
            }
        }
    }

    @Override
    public Map<String, DeviceModel> everything() throws Exception {
        DeviceModel model = new DeviceModel(len());
        if (has(Behavior.READS)) {
            byte[] content = io().read(0, Math.toIntExact(len()));
            for (int i = 0; i < len(); i++) {
                byte[] sector = Content.sector(content, i);
                if (!Content.isZeroes(sector)) {
                    model.write(i, ByteBuffer.wrap(sector));
                }
            }
        }
        return Map.of(device().name(), model);
    }

    /** A buffer for that many sectors. */
    static ByteBuffer buffer(long sectors) {
        return ByteBuffer.allocate(Math.toIntExact(sectors * Bio.SECTOR_SIZE));
    }

    /** A copy of what a buffer holds from position to limit. */
    static byte[] bytes(ByteBuffer buffer) {
        byte[] content = new byte[buffer.remaining()];
        buffer.get(buffer.position(), content);
        return content;
    }

    @Override
    public void end() throws Exception {
        List<String> left = new ArrayList<>();
        for (DeviceRig other : others) {
            try {
                other.end();
            } catch (AssertionError e) {
                left.add(e.getMessage());
            }
        }
        for (DeviceOpening opening : openings) {
            if (!Patience.holds(() -> opening.checked().inFlight() == 0)) {
                left.add(opening.checked().inFlight() + " bios have not ended");
            }
            try {
                Patience.call("closing the device", opening::close)
                        .forEach(failure -> left.add("closing the device: " + failure));
            } catch (AssertionError e) {
                left.add(e.getMessage());
            }
            left.addAll(opening.checked().breaches());
        }
        deleteFolder();
        if (!left.isEmpty()) {
            throw new AssertionError(String.join("\n", left));
        }
    }

    private void deleteFolder() throws IOException {
        if (folder != null) {
            List<Path> all;
            try (Stream<Path> walk = Files.walk(folder)) {
                all = walk.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path path : all) {
                Files.delete(path);
            }
        }
    }
}
