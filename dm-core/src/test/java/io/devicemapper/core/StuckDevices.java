package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** Devices {@code stuck:NAME} that never end a bio unless they are told to or closed. */
final class StuckDevices extends PlainDevice.Provider {
    final List<String> log = new CopyOnWriteArrayList<>();
    final Map<String, StuckDevice> devices = new ConcurrentHashMap<>();

    StuckDevices() {
        super("stuck");
    }

    @Override
    public String identity(String name, OpenContext context) {
        return name;
    }

    @Override
    public BlockDevice open(String name, OpenContext context) {
        log.add("open " + name);
        StuckDevice device = new StuckDevice(name, log);
        devices.put(name, device);
        return device;
    }

    static final class StuckDevice extends PlainDevice {
        private final List<String> log;
        private final Queue<Bio> bios = new ConcurrentLinkedQueue<>();

        StuckDevice(String name, List<String> log) {
            super(name, 1000);
            this.log = log;
        }

        @Override
        protected void process(Bio bio) {
            bios.add(bio);
        }

        void failAll() {
            for (Bio bio = bios.poll(); bio != null; bio = bios.poll()) {
                bio.endIo(BioStatus.TRANSPORT);
            }
        }

        @Override
        public void close() {
            log.add("close " + name());
            failAll();
        }
    }
}
