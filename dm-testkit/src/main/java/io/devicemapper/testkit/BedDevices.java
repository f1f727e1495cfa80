package io.devicemapper.testkit;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.DmApi;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The lower devices of one rig, which tables name {@code bed:NAME}: so the kit sees who opens and closes them. */
final class BedDevices implements BlockDeviceProvider {
    private static final String SCHEME = "bed";

    private final RigSetup setup;
    private final PowerCut power;
    private final Map<String, BedDevice> devices = new LinkedHashMap<>();

    BedDevices(RigSetup setup) {
        this.setup = setup;
        this.power = new PowerCut(setup.seed());
    }

    long scale() {
        return setup.scale();
    }

    long seed() {
        return setup.seed();
    }

    PowerCut power() {
        return power;
    }

    synchronized BedDevice add(String name, long sectors, boolean own) {
        String full = SCHEME + ":" + name;
        PowerCutDevice disk = new PowerCutDevice(full, new DeviceModel(sectors), setup.limits(), power);
        BlockDevice above = setup.late() ? new LateDevice(disk, setup.seed()) : disk;
        BedDevice device = new BedDevice(full, disk, above, own);
        devices.put(full, device);
        return device;
    }

    synchronized List<BedDevice> all() {
        return new ArrayList<>(devices.values());
    }

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
        return find(name).name();
    }

    @Override
    public BlockDevice open(String name, OpenContext context) throws IOException {
        return find(name).open(context.readOnly());
    }

    private synchronized BedDevice find(String name) throws IOException {
        BedDevice device = devices.get(name);
        if (device == null) {
            throw new IOException(name + ": no such device in the bed");
        }
        return device;
    }
}
