package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.target.TargetType;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.security.CodeSource;
import java.util.stream.Stream;

/** Loads whatever comes from the same place as a certain class once more, and all else as everybody does. */
final class LonelyLoader extends URLClassLoader {
    private final ClassLoader others;

    private LonelyLoader(URL place, ClassLoader others) {
        super(new URL[] {place}, others);
        this.others = others;
    }

    /** Whether a class has a known place, and a public constructor without arguments to be made by. */
    static boolean canLoad(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return false;
        }
        return Stream.of(type.getConstructors()).anyMatch(constructor -> constructor.getParameterCount() == 0);
    }

    /** Loads the type into a loader of its own, makes a device with it, does I/O, and takes all of it apart. */
    static WeakReference<ClassLoader> useOnce(TargetRig rig, Class<?> type) throws Exception {
        URL place = type.getProtectionDomain().getCodeSource().getLocation();
        try (LonelyLoader loader = new LonelyLoader(place, type.getClassLoader())) {
            TargetType<?> again = (TargetType<?>)
                    loader.loadClass(type.getName()).getConstructor().newInstance();
            if (again.getClass() == type) {
                throw new IllegalStateException(type + " was not loaded anew");
            }
            use(rig, again);
            return new WeakReference<>(loader);
        }
    }

    private static void use(TargetRig rig, TargetType<?> type) throws Exception {
        BedDevices devices = new BedDevices(rig.setup());
        TestBed bed = new TestBed(devices, "");
        String table = "0 " + rig.len() + " " + type.name() + " " + rig.test().args(bed);
        try (DeviceMapper deviceMapper = DeviceMapper.builder()
                .targetType(type)
                .provider(devices)
                .serviceLoader(false)
                .build()) {
            MappedDevice device = deviceMapper.create("kit-lonely", table);
            int sectors = 8 * device.limits().logicalBlockSectors();
            for (BioOp op : new BioOp[] {BioOp.WRITE, BioOp.READ}) {
                Bios.run(device, op, BioFlags.NONE, 0, sectors, ByteBuffer.allocate(sectors * Bio.SECTOR_SIZE));
            }
            Bios.run(device, BioOp.FLUSH, BioFlags.NONE, 0, 0, null);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null && isFromHere(name)) {
                loaded = findClass(name);
            }
            return loaded == null ? others.loadClass(name) : loaded;
        }
    }

    private boolean isFromHere(String name) {
        return findResource(name.replace('.', '/') + ".class") != null;
    }
}
