package io.devicemapper.testkit;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.RemoveFlag;
import io.devicemapper.core.TableView;
import io.devicemapper.core.TargetView;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetFeature;
import io.devicemapper.target.TargetType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A device mapper of its own, and in it one device with the target under test between two others:
 *
 * <pre>
 * 0                 begin            begin + len
 * |  kit-filler     |  the target    |  kit-filler  |
 * </pre>
 *
 * <p>A rule works on the rig that it is given, and may have more of them; {@link #end} finds whatever is left behind.
 */
final class TargetRig implements Rig {
    /** The mapped device's name. */
    static final String DEVICE = "kit";

    private static final int MAX_NOTED = 20;
    private static final long BEHIND = 333;
    private static final int HOLES = 12;
    private static final int MAX_HOLE_BLOCKS = 40;

    private final TargetConformanceTest test;
    private final RigSetup setup;
    private final BedDevices devices;
    private final TestBed bed;
    private final TestBed fillers;
    private final TargetType<?> type;
    private final List<String> hostBreaches = new CopyOnWriteArrayList<>();
    private final List<TargetRig> others = new ArrayList<>();
    private final List<AssertingDevice> tops = new CopyOnWriteArrayList<>();
    private DeviceMapper deviceMapper;
    private long block;
    private RigIo io;

    TargetRig(TargetConformanceTest test, RigSetup setup) {
        this(test, setup, test.targetType());
    }

    private TargetRig(TargetConformanceTest test, RigSetup setup, TargetType<?> type) {
        this.test = test;
        this.setup = setup;
        this.type = type;
        this.devices = new BedDevices(setup);
        this.bed = new TestBed(devices, setup.place());
        this.fillers = new TestBed(devices, "filler-");
    }

    /** One more rig, closed with this one. */
    TargetRig another(RigSetup otherSetup) {
        return remember(new TargetRig(test, otherSetup));
    }

    /** No limit: the host cuts what its devices do not take at once. */
    @Override
    public long longest(BioOp op) {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean takesPreflush() {
        return true;
    }

    @Override
    public TargetRig large() {
        return another(setup.withScale(LargeBeds.SCALE));
    }

    @Override
    public TargetRig plugged(long seed) {
        return another(setup.withSeed(seed));
    }

    @Override
    public PowerCut power() {
        return devices.power();
    }

    /** Makes holes in the lower devices themselves, of which the target may or may not make zeroes. */
    @Override
    public void makeHoles() throws Exception {
        device();
        Random random = new Random(seed());
        for (BedDevice device : bed.all()) {
            long blocks = device.disk().sectors() / block();
            for (int i = 0; i < HOLES; i++) {
                long length = Math.min(1 + random.nextInt(MAX_HOLE_BLOCKS), blocks);
                long first = random.nextLong(blocks - length + 1);
                Bios.run(device.disk(), BioOp.DISCARD, BioFlags.NONE, first * block(), length * block(), null);
            }
        }
    }

    @Override
    public Map<String, DeviceModel> everything() {
        Map<String, DeviceModel> contents = new LinkedHashMap<>();
        devices.all()
                .forEach(device -> contents.put(device.name(), device.disk().content()));
        return contents;
    }

    /** One more rig, whose target type is watched. */
    TargetRig watched(WatchedType<?> watch) {
        return remember(new TargetRig(test, setup, watch));
    }

    private TargetRig remember(TargetRig rig) {
        others.add(rig);
        return rig;
    }

    /** One more bed of lower devices in this rig, for a second target. */
    TestBed anotherBed(String place) {
        return new TestBed(devices, place);
    }

    RigSetup setup() {
        return setup;
    }

    @Override
    public long seed() {
        return setup.seed();
    }

    TargetType<?> type() {
        return type;
    }

    TestBed bed() {
        return bed;
    }

    /** All lower devices of the rig, those of the fillers included. */
    List<BedDevice> allDevices() {
        return devices.all();
    }

    /** What the devices beside the target hold. */
    List<BedDevice> fillerDevices() {
        return fillers.all();
    }

    TargetConformanceTest test() {
        return test;
    }

    @Override
    public String subject() {
        return "the target";
    }

    @Override
    public boolean has(Behavior behavior) {
        return behavior.isLeftBy(test.lacks());
    }

    /** Whether the target must be the only one of its table. */
    boolean standsAlone() {
        Set<TargetFeature> features = type.features();
        return features.contains(TargetFeature.SINGLETON) || features.contains(TargetFeature.IMMUTABLE);
    }

    DeviceMapper deviceMapper() {
        if (deviceMapper == null) {
            deviceMapper = DeviceMapper.builder()
                    .targetType(type)
                    .targetType(new FillerTarget())
                    .provider(devices)
                    .breachListener(hostBreaches::add)
                    .build();
        }
        return deviceMapper;
    }

    /** The arguments, and with them the lower devices. */
    String args() {
        return test.args(bed);
    }

    /** Length of the target in sectors. */
    @Override
    public long len() {
        return test.len() * setup.scale();
    }

    /** A length in sectors that every range is a multiple of: the mapped device's logical block. */
    @Override
    public long block() throws DmException {
        if (block == 0) {
            MappedDevice probe = deviceMapper().create("kit-probe", "0 " + len() + " " + type.name() + " " + args());
            block = Math.max(
                    probe.limits().logicalBlockSectors(), setup.limits().logicalBlockSectors());
            deviceMapper().remove("kit-probe");
        }
        return block;
    }

    /** Where the target begins on the mapped device. */
    @Override
    public long begin() throws DmException {
        return standsAlone() ? 0 : setup.begin() * block();
    }

    /** Size of the mapped device in sectors. */
    long size() throws DmException {
        return begin() + len() + (standsAlone() ? 0 : BEHIND * block());
    }

    /** The whole table, with the target made from other arguments. */
    String table(String args) throws DmException {
        String line = begin() + " " + len() + " " + type.name() + " " + args + "\n";
        if (standsAlone()) {
            return line;
        }
        return "0 " + begin() + " " + FillerTarget.NAME + " " + fillers.device("before", begin()) + "\n"
                + line
                + (begin() + len()) + " " + BEHIND * block() + " " + FillerTarget.NAME + " "
                + fillers.device("behind", BEHIND * block()) + "\n";
    }

    String table() throws DmException {
        return table(args());
    }

    /** The mapped device, made when it is first asked for. */
    @Override
    public MappedDevice device() throws DmException {
        MappedDevice known = deviceMapper().device(DEVICE).orElse(null);
        return known != null ? known : deviceMapper().create(DEVICE, table());
    }

    /** The mapped device under a device that checks what goes on between it and the rule. */
    BlockDevice top() throws DmException {
        return checked(device());
    }

    /** A device of this rig, the contract with it checked. */
    BlockDevice checked(BlockDevice device) {
        AssertingDevice top = AssertingDevice.ofMapped(device);
        tops.add(top);
        return top;
    }

    /** I/O to the target. */
    @Override
    public RigIo io() throws DmException {
        if (io == null) {
            io = new RigIo(this, new TargetContents(test, bed), top(), begin(), len());
        }
        return io;
    }

    /** The target in the live table. */
    TargetView target() throws DmException {
        return target(device().liveTable().orElseThrow());
    }

    TargetView target(TableView table) {
        return table.targets().get(standsAlone() ? 0 : 1);
    }

    String tableText() throws DmException {
        return target().status(StatusType.TABLE);
    }

    /** Loads a table and puts it into service. */
    void reload(String table) throws DmException {
        deviceMapper().load(DEVICE, table);
        deviceMapper().resume(DEVICE);
    }

    void remove() throws DmException {
        deviceMapper().remove(DEVICE);
        io = null;
    }

    /** Takes the power away and gives it back: the device is made anew on what the cut has left. */
    @Override
    public void restart() throws DmException {
        power().cut();
        remove();
        power().restore();
    }

    /** What the host blamed the target for so far. */
    List<String> hostBreaches() {
        return hostBreaches;
    }

    @Override
    public void end() throws Exception {
        List<String> left = new ArrayList<>();
        for (TargetRig other : others) {
            try {
                other.end();
            } catch (AssertionError e) {
                left.add(e.getMessage());
            }
        }
        if (!Patience.holds(() -> tops.stream().allMatch(top -> top.inFlight() == 0))) {
            left.add("bios submitted to the mapped device have not ended");
        }
        if (deviceMapper != null) {
            try {
                Patience.call("removing the mapped devices", () -> {
                    for (MappedDevice stays : deviceMapper.removeAll()) {
                        deviceMapper.remove(stays.name(), RemoveFlag.DEFERRED);
                        left.add("mapped device " + stays.name() + " is held by " + stays.holders());
                    }
                    deviceMapper.close();
                    return null;
                });
            } catch (AssertionError | DmException e) {
                left.add(e.getMessage());
            }
        }
        for (BedDevice device : devices.all()) {
            if (device.recorder().inFlight() != 0) {
                left.add(device.name() + ": " + device.recorder().inFlight() + " bios left open");
            }
            if (device.open() != 0) {
                left.add(device.name() + ": " + device.open() + " claims left");
            }
            left.addAll(device.breaches());
        }
        tops.forEach(top -> left.addAll(top.breaches()));
        left.addAll(hostBreaches);
        if (!left.isEmpty()) {
            throw new AssertionError(String.join("\n", left.subList(0, Math.min(MAX_NOTED, left.size()))));
        }
    }
}
