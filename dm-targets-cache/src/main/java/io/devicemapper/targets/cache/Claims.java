package io.devicemapper.targets.cache;

import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.TargetException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Which mapped device uses which metadata and cache devices: only the tables of one may, and in each of them one target, or two caches would
 * overwrite each other.
 */
final class Claims {
    /** By what stands for the lower device. Guarded by itself. */
    private static final Map<Object, List<Claim>> CLAIMS = new WeakHashMap<>();

    /** By what stands for the mapped device. Guarded by {@code CLAIMS}. */
    private static final Map<Object, Doubts> DOUBTS = new WeakHashMap<>();

    private record Claim(WeakReference<DmTarget<?>> target) {}

    private Claims() {}

    /** What was left in doubt by any table of a mapped device. */
    static Doubts doubts(DmTarget<?> ti) {
        synchronized (CLAIMS) {
            return DOUBTS.computeIfAbsent(ti.deviceIdentity(), device -> new Doubts());
        }
    }

    /**
     * Claims a device for one target, until {@link #release}.
     *
     * @param reason what to say if it cannot be had
     * @throws TargetException if another target has it, which is named
     */
    static void claim(DmDev dev, DmTarget<?> ti, String reason) throws TargetException {
        synchronized (CLAIMS) {
            List<Claim> claims = CLAIMS.computeIfAbsent(dev.identity(), device -> new ArrayList<>());
            claims.removeIf(claim -> claim.target().get() == null);
            for (Claim claim : claims) {
                DmTarget<?> other = claim.target().get();
                if (other == null || other == ti) {
                    continue;
                }
                if (other.deviceIdentity() != ti.deviceIdentity()) {
                    throw new TargetException(
                            reason + " (" + dev.name() + " is in use by the cache " + other.deviceName() + ")");
                }
                if (other.table() == ti.table()) {
                    throw new TargetException(reason + " (" + dev.name()
                            + " is in use by another cache of this table, at sector " + other.begin() + ")");
                }
            }
            claims.add(new Claim(new WeakReference<>(ti)));
        }
    }

    /** Gives back what a target claimed. */
    static void release(DmDev dev, DmTarget<?> ti) {
        synchronized (CLAIMS) {
            List<Claim> claims = CLAIMS.get(dev.identity());
            if (claims != null) {
                claims.removeIf(claim -> {
                    DmTarget<?> other = claim.target().get();
                    return other == null || other == ti;
                });
            }
        }
    }
}
