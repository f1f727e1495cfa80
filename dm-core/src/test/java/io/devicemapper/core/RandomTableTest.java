package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.QueueLimits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Random bios on random tables, compared with a model that knows no more than where each sector lies. */
class RandomTableTest {
    private static final int ROUNDS = Boolean.getBoolean("dm.soak") ? 5000 : 60;
    private static final int BIOS = 200;
    private static final List<BioOp> OPS = List.of(BioOp.values());

    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);

    /** Where a sector of a mapped device lies. */
    private record Place(String device, int sector) {}

    /** A random table over some devices, no sector of which is used twice, and where it puts each sector. */
    private String table(Map<String, Integer> sizes, Map<String, Map<Integer, Place>> below, List<Place> places) {
        Map<String, Integer> used = new HashMap<>();
        StringBuilder table = new StringBuilder();
        List<String> names = new ArrayList<>(sizes.keySet());
        int begin = 0;
        for (int i = 1 + random.nextInt(9); i > 0 || begin == 0; i--) {
            String name = names.get(random.nextInt(names.size()));
            int start = used.getOrDefault(name, 0) + random.nextInt(3);
            int length = Math.min(1 + random.nextInt(40), sizes.get(name) - start);
            if (length <= 0) {
                continue;
            }
            used.put(name, start + length);
            table.append(begin)
                    .append(' ')
                    .append(length)
                    .append(" map ")
                    .append(name)
                    .append(' ')
                    .append(start)
                    .append('\n');
            for (int sector = start; sector < start + length; sector++) {
                places.add(below.containsKey(name) ? below.get(name).get(sector) : new Place(name, sector));
            }
            begin += length;
        }
        return table.toString();
    }

    @Test
    void everySectorLiesWhereTheTableSays() throws Exception {
        System.out.println("RandomTableTest seed " + seed);
        for (int round = 0; round < ROUNDS; round++) {
            Map<String, MemoryDevice> devices = new HashMap<>();
            Map<String, byte[]> model = new HashMap<>();
            Map<String, Integer> sizes = new HashMap<>();
            ScriptedTarget target = new ScriptedTarget("map");
            DeviceMapper.Builder builder =
                    DeviceMapper.builder().serviceLoader(false).targetType(target);
            for (String name : List.of("a", "b", "c")) {
                MemoryDevice device = new MemoryDevice(name, 1 + random.nextInt(101));
                device.doNotLog();
                random.nextBytes(device.bytes());
                devices.put(name, device);
                model.put(name, device.bytes().clone());
                sizes.put(name, (int) device.sectors());
                builder.device(name, device);
            }
            target.settings = ti -> {
                if (random.nextInt(2) == 0) {
                    ti.maxIoLen(1 + random.nextInt(9));
                }
                ti.discardBios(1 + random.nextInt(2));
                ti.writeZeroesBios(1 + random.nextInt(2));
                if (random.nextInt(3) == 0) {
                    ti.flushBios(random.nextInt(3));
                }
            };
            try (DeviceMapper dm = builder.build()) {
                List<Place> places = new ArrayList<>();
                MappedDevice device = dm.create("low", table(sizes, Map.of(), places));
                if (random.nextBoolean() && !places.isEmpty()) {
                    Map<Integer, Place> ofLow = new HashMap<>();
                    for (int i = 0; i < places.size(); i++) {
                        ofLow.put(i, places.get(i));
                    }
                    List<Place> upperPlaces = new ArrayList<>();
                    String upper = table(
                            Map.of("/dev/mapper/low", places.size()), Map.of("/dev/mapper/low", ofLow), upperPlaces);
                    device = dm.create("upper", upper);
                    places = upperPlaces;
                }
                for (int i = 0; i < BIOS; i++) {
                    submitOne(device, places, model);
                }
                assertEquals(0, device.statistics().inFlight());
                for (String name : devices.keySet()) {
                    assertArrayEquals(model.get(name), devices.get(name).bytes(), "seed " + seed + " device " + name);
                }
            }
        }
    }

    private void submitOne(MappedDevice device, List<Place> places, Map<String, byte[]> model) {
        BioOp op = OPS.get(random.nextInt(OPS.size()));
        int flags = op.modifies() && random.nextInt(3) == 0
                ? random.nextInt(2) * BioFlags.FUA | random.nextInt(2) * BioFlags.PREFLUSH
                : BioFlags.NONE;
        int first = random.nextInt(places.size() + 2);
        int sectors = 1 + random.nextInt(places.size() + 1);
        boolean inside = first + sectors <= places.size();
        ByteBuffer payload = null;
        if (op.hasPayload()) {
            ByteBuffer all = random.nextBoolean()
                    ? ByteBuffer.allocateDirect(sectors * 512 + 30)
                    : ByteBuffer.allocate(sectors * 512 + 30);
            payload = all.position(13).limit(13 + sectors * 512);
            byte[] content = new byte[sectors * 512];
            random.nextBytes(content);
            payload.duplicate().put(content);
        }
        ByteBuffer before = payload == null
                ? null
                : ByteBuffer.allocate(payload.remaining())
                        .put(payload.duplicate())
                        .flip();
        List<BioStatus> answers = new ArrayList<>();
        String what = "seed " + seed + ": " + op + " " + first + "+" + sectors + " of " + places.size();
        device.submit(
                op == BioOp.FLUSH
                        ? Bio.flush((bio, status) -> answers.add(status))
                        : Bio.of(op, flags, first, sectors, payload, (bio, status) -> answers.add(status)));
        assertEquals(List.of(inside || op == BioOp.FLUSH ? BioStatus.OK : BioStatus.IO), answers, what);
        for (int i = 0; i < sectors && inside && op != BioOp.FLUSH; i++) {
            Place place = places.get(first + i);
            byte[] of = model.get(place.device());
            int at = place.sector() * 512;
            if (op == BioOp.READ) {
                assertEquals(ByteBuffer.wrap(of, at, 512), payload.slice(13 + i * 512, 512), what);
            } else if (op == BioOp.WRITE) {
                before.get(i * 512, of, at, 512);
            } else {
                Arrays.fill(of, at, at + 512, (byte) 0); // what a MemoryDevice does for a discard, too
            }
        }
        if (op == BioOp.WRITE) {
            assertEquals(before, payload, "a write's payload is never changed");
        }
    }

    /** A disk with a volatile cache. Each sector holds the number of the write that filled it. */
    private static final class CachingDisk extends PlainDevice {
        private final long[] durable;
        private final long[] cached;
        private final QueueLimits limits;

        CachingDisk(String name, int sectors, boolean fua) {
            super(name, sectors);
            this.durable = new long[sectors];
            this.cached = new long[sectors];
            this.limits = QueueLimits.builder()
                    .writeCache(true)
                    .fua(fua)
                    .maxWriteZeroesSectors(100)
                    .build();
        }

        void crash() {
            System.arraycopy(durable, 0, cached, 0, cached.length);
        }

        @Override
        public QueueLimits limits() {
            return limits;
        }

        @Override
        protected void process(Bio bio) {
            if (!accept(bio)) {
                return;
            }
            for (int i = 0; i < bio.sectors(); i++) {
                int sector = (int) bio.sector() + i;
                switch (bio.op()) {
                    case READ -> bio.payload().putLong(bio.payload().position() + i * 512, cached[sector]);
                    case WRITE ->
                        cached[sector] = bio.payload().getLong(bio.payload().position() + i * 512);
                    default -> cached[sector] = 0;
                }
                if (bio.op() != BioOp.READ && bio.has(BioFlags.FUA)) {
                    durable[sector] = cached[sector];
                }
            }
            if (bio.op() == BioOp.FLUSH) {
                System.arraycopy(cached, 0, durable, 0, durable.length);
            }
            bio.endIo(BioStatus.OK);
        }
    }

    @Test
    void whatWasFlushedSurvivesACrash() throws Exception {
        System.out.println("RandomTableTest seed " + seed);
        for (int round = 0; round < ROUNDS; round++) {
            CachingDisk a = new CachingDisk("a", 61, random.nextBoolean());
            CachingDisk b = new CachingDisk("b", 61, random.nextBoolean());
            ScriptedTarget target = new ScriptedTarget("map");
            boolean ownFlushes = random.nextBoolean();
            target.settings = ti -> {
                ti.maxIoLen(7);
                if (ownFlushes) {
                    ti.flushBios(1);
                }
            };
            try (DeviceMapper dm = DeviceMapper.builder()
                    .serviceLoader(false)
                    .targetType(target)
                    .device("a", a)
                    .device("b", b)
                    .build()) {
                dm.create("low", "0 20 map a 5\n20 30 map b 11\n50 30 map a 31");
                MappedDevice device = dm.create("top", "0 33 map /dev/mapper/low 40\n33 40 map /dev/mapper/low 0");
                long[] written = new long[73];
                long[] certain = new long[73];
                for (int i = 1; i <= BIOS; i++) {
                    writeOrFlush(device, i, written, certain);
                    if (random.nextInt(10) == 0) {
                        a.crash();
                        b.crash();
                        for (int sector = 0; sector < 73; sector++) {
                            ByteBuffer back = ByteBuffer.allocate(512);
                            device.read(sector, back);
                            assertTrue(
                                    back.getLong(0) >= certain[sector] && back.getLong(0) <= written[sector],
                                    "seed " + seed + " sector " + sector + ": " + back.getLong(0) + " after a crash, "
                                            + certain[sector] + " was durable");
                            written[sector] = back.getLong(0);
                            certain[sector] = back.getLong(0);
                        }
                    }
                }
            }
        }
    }

    private void writeOrFlush(MappedDevice device, long number, long[] written, long[] certain) throws Exception {
        if (random.nextInt(5) == 0) {
            device.flush();
            System.arraycopy(written, 0, certain, 0, written.length);
            return;
        }
        int first = random.nextInt(73);
        int sectors = 1 + random.nextInt(73 - first);
        int flags = random.nextInt(2) * BioFlags.FUA | random.nextInt(2) * BioFlags.PREFLUSH;
        ByteBuffer payload = ByteBuffer.allocateDirect(sectors * 512);
        for (int i = 0; i < sectors; i++) {
            payload.putLong(i * 512, number);
        }
        List<BioStatus> answers = new ArrayList<>();
        device.submit(Bio.write(first, flags, payload, (bio, status) -> answers.add(status)));
        assertEquals(List.of(BioStatus.OK), answers);
        if ((flags & BioFlags.PREFLUSH) != 0) {
            System.arraycopy(written, 0, certain, 0, written.length);
        }
        for (int i = 0; i < sectors; i++) {
            written[first + i] = number;
            if ((flags & BioFlags.FUA) != 0) {
                certain[first + i] = number;
            }
        }
    }
}
