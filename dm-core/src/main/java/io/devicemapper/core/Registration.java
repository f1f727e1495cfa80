package io.devicemapper.core;

import io.devicemapper.block.BioStatus;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetFeature;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** A registered target type, with what it said of itself when it was registered; so it cannot say something else later. */
final class Registration {
    private final ProviderSource source;
    private final TargetType<?> type;
    private final String name;
    private final Version version;
    private final int apiLevel;
    private final Set<TargetFeature> features;
    private final boolean hasEndIo;
    private final boolean tellsDevices;
    private final AtomicInteger tables = new AtomicInteger();

    /** Asks a type what it is. What that throws is the caller's to report. */
    Registration(ProviderSource source, TargetType<?> type) {
        this.source = source;
        this.type = type;
        this.name = type.name();
        this.version = type.version();
        this.apiLevel = type.apiLevel();
        this.features = Set.copyOf(type.features());
        this.hasEndIo = overrides(type, "endIo", DmTarget.class, TargetBio.class, BioStatus.class);
        this.tellsDevices = overrides(type, "iterateDevices", DmTarget.class, DeviceVisitor.class);
    }

    private static boolean overrides(TargetType<?> type, String method, Class<?>... parameters) {
        try {
            return type.getClass().getMethod(method, parameters).getDeclaringClass() != TargetType.class;
        } catch (NoSuchMethodException e) {
            return true;
        }
    }

    ProviderSource source() {
        return source;
    }

    TargetType<?> type() {
        return type;
    }

    String name() {
        return name;
    }

    Version version() {
        return version;
    }

    int apiLevel() {
        return apiLevel;
    }

    Set<TargetFeature> features() {
        return features;
    }

    /** Whether the type has an {@code endIo} of its own; where it has none, bios need not be shown to it on their way up. */
    boolean hasEndIo() {
        return hasEndIo;
    }

    /** Whether the type has an {@code iterateDevices} of its own; where it has none, nobody knows which areas it uses. */
    boolean tellsDevices() {
        return tellsDevices;
    }

    /** A table has targets of this type from now on. */
    void tableAdded() {
        tables.getAndIncrement();
    }

    void tableRemoved() {
        tables.getAndDecrement();
    }

    int tables() {
        return tables.get();
    }
}
