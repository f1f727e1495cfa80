package io.devicemapper.targets.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.block.ExtentType;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.device.RamDevice;
import io.devicemapper.testkit.SectorPattern;
import io.devicemapper.testkit.SectorPattern.Mark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random stacks of tables with odd sizes and offsets, and random bios to every layer of them, against a model. */
class NestedTablesTest {
    private static final int ROUNDS = Boolean.getBoolean("dm.soak") ? 2_000 : 20;
    private static final int BIOS = 300;
    private static final int LONGEST_BIO = 150;
    private static final int LAYERS = 4;
    private static final ByteBuffer ZEROES = ByteBuffer.allocate(Bio.SECTOR_SIZE);

    private final SectorPattern pattern = SectorPattern.golden();
    private final Map<ModelDevice, BlockDevice> devices = new HashMap<>();
    private final List<ModelDevice> models = new ArrayList<>();
    private Random random;
    private String what;
    private long lastNumber;

    @Test
    void everySectorHoldsWhatTheModelSays() throws Exception {
        long firstSeed = System.nanoTime();
        for (long seed = firstSeed; seed < firstSeed + ROUNDS; seed++) {
            random = new Random(seed);
            what = "seed " + seed;
            round();
        }
    }

    private void round() throws Exception {
        devices.clear();
        models.clear();
        lastNumber = 0;
        DeviceMapper.Builder builder = DeviceMapper.builder();
        for (int i = 0; i < 4; i++) {
            ModelDevice disk = ModelDevice.disk("disk" + i, 1500 + random.nextInt(1500));
            RamDevice ram = RamDevice.create(disk.name(), disk.sectors() * Bio.SECTOR_SIZE);
            builder.device(disk.name(), ram);
            devices.put(disk, ram);
            models.add(disk);
        }
        try (DeviceMapper deviceMapper = builder.build()) {
            for (int layer = 0; layer < LAYERS; layer++) {
                ModelDevice mapped = randomDevice("layer" + layer);
                what += "\n" + mapped.name() + ":\n" + mapped.table();
                devices.put(mapped, deviceMapper.create(mapped.name(), mapped.table()));
                models.add(mapped);
            }
            for (int i = 0; i < BIOS; i++) {
                randomBio(models.get(random.nextInt(models.size())));
            }
            for (ModelDevice model : models) {
                checkRead(model, 0, model.sectors());
            }
        }
    }

    private ModelDevice randomDevice(String name) {
        ModelDevice mapped = ModelDevice.mapped(name);
        int targets = 1 + random.nextInt(5);
        for (int i = 0; i < targets || mapped.sectors() == 0; i++) {
            switch (random.nextInt(8)) {
                case 0 -> mapped.addZero(1 + random.nextInt(40));
                case 1, 2, 3 -> addLinear(mapped);
                default -> addStriped(mapped);
            }
        }
        return mapped;
    }

    private void addLinear(ModelDevice mapped) {
        ModelDevice dev = models.get(random.nextInt(models.size()));
        int gap = random.nextInt(30);
        long longest = Math.min(400, dev.unused() - gap);
        if (longest > 0) {
            long length = 1L + random.nextInt((int) longest);
            mapped.addLinear(dev, dev.take(gap, length), length);
        }
    }

    private void addStriped(ModelDevice mapped) {
        int stripes = 1 + random.nextInt(4);
        long chunk = 1L + random.nextInt(20);
        long width = chunk * (1L + random.nextInt(10));
        List<ModelDevice> devs = new ArrayList<>();
        List<Long> starts = new ArrayList<>();
        for (int i = 0; i < stripes; i++) {
            ModelDevice dev = models.get(random.nextInt(models.size()));
            int gap = random.nextInt(30);
            if (dev.unused() < gap + width) {
                return;
            }
            devs.add(dev);
            starts.add(dev.take(gap, width));
        }
        mapped.addStriped(devs, starts, chunk, width * stripes);
    }

    private void randomBio(ModelDevice model) throws IOException {
        long sector = random.nextInt((int) model.sectors());
        int count = 1 + random.nextInt((int) Math.min(LONGEST_BIO, model.sectors() - sector));
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> write(model, sector, count);
            case 3 -> writeZeroes(model, sector, count);
            case 4 -> discard(model, sector, count);
            case 5 -> checkExtents(model, sector, count);
            default -> checkRead(model, sector, count);
        }
    }

    private void write(ModelDevice model, long sector, int count) throws IOException {
        devices.get(model).write(sector, pattern.sectors(lastNumber + 1, count, 'a'));
        for (int i = 0; i < count; i++) {
            model.set(sector + i, ++lastNumber);
        }
    }

    private void writeZeroes(ModelDevice model, long sector, int count) throws IOException {
        BlockDevice device = devices.get(model);
        if (device.limits().maxWriteZeroesSectors() > 0) { // a zero target has none
            device.writeZeroes(sector, count);
            for (int i = 0; i < count; i++) {
                model.set(sector + i, 0);
            }
        }
    }

    /** What a discarded sector holds is not defined, but these disks clear it, and nothing else may have changed. */
    private void discard(ModelDevice model, long sector, int count) throws IOException {
        devices.get(model).discard(sector, count);
        List<Long> found = read(model, sector, count);
        for (int i = 0; i < count; i++) {
            assertTrue(found.get(i) == 0 || found.get(i) == model.get(sector + i), what);
            model.set(sector + i, found.get(i));
        }
    }

    private void checkRead(ModelDevice model, long sector, long count) throws BlockIoException {
        List<Long> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            expected.add(model.get(sector + i));
        }
        assertEquals(expected, read(model, sector, count), () -> what + model.name() + " " + sector + "+" + count);
    }

    private List<Long> read(ModelDevice model, long sector, long count) throws BlockIoException {
        int bytes = Math.toIntExact(count * Bio.SECTOR_SIZE);
        ByteBuffer content = random.nextBoolean() ? ByteBuffer.allocate(bytes) : ByteBuffer.allocateDirect(bytes);
        devices.get(model).read(sector, content);
        List<Long> numbers = new ArrayList<>();
        for (int at = 0; at < bytes; at += Bio.SECTOR_SIZE) {
            // No number is below 1, so that zeroes can be told from content.
            boolean zero = content.slice(at, Bio.SECTOR_SIZE).equals(ZEROES);
            numbers.add(
                    zero ? 0L : pattern.identify(content, at).map(Mark::sector).orElse(-1L));
        }
        return numbers;
    }

    /** Extents cover the range in order, and what is not data reads as zeroes. */
    private void checkExtents(ModelDevice model, long sector, long count) throws IOException {
        long[] next = {sector};
        devices.get(model).extents(sector, count, (at, length, type) -> {
            assertEquals(next[0], at, what);
            assertTrue(length > 0, what);
            next[0] += length;
            for (long s = at; s < at + length && type != ExtentType.DATA; s++) {
                assertEquals(0, model.get(s), what);
            }
            return true;
        });
        assertEquals(sector + count, next[0], what);
    }
}
