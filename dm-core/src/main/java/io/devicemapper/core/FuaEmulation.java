package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;

/**
 * FUA on a device that lacks it: the write goes down without the flag, then a flush, and only then the bio ends. Where the device has
 * no volatile cache, the write alone is durable.
 *
 * @see <a href="https://docs.kernel.org/block/writeback_cache_control.html">Linux: explicit volatile write back cache control</a>
 */
final class FuaEmulation {
    private FuaEmulation() {}

    /**
     * Whether a flush has to go to a device. A mapped device decides for itself: what its limits say was true when its table was loaded, and a
     * device further down can have got a cache since.
     */
    static boolean needsFlush(BlockDevice device) {
        return device instanceof MappedDevice || device.limits().writeCache();
    }

    static void submit(BlockDevice device, Bio bio) {
        device.submit(Bio.of(
                bio.op(), bio.flags() & ~BioFlags.FUA, bio.sector(), bio.sectors(), bio.payload(), (plain, status) -> {
                    if (status.isOk() && needsFlush(device)) {
                        device.submit(Bio.flush((flush, flushed) -> end(bio, plain, flushed)));
                    } else {
                        end(bio, plain, status);
                    }
                }));
    }

    /** A flush first, then the bio without PREFLUSH; if the flush fails, the bio does. */
    static void submitPreflush(BlockDevice device, Bio bio) {
        device.submit(Bio.flush((flush, flushed) -> {
            if (!flushed.isOk()) {
                bio.endIo(flushed);
                return;
            }
            device.submit(Bio.of(
                    bio.op(),
                    bio.flags() & ~BioFlags.PREFLUSH,
                    bio.sector(),
                    bio.sectors(),
                    bio.payload(),
                    (plain, status) -> end(bio, plain, status)));
        }));
    }

    /** Ends a bio that another one with the same payload stood in for. */
    static void end(Bio bio, Bio standIn, BioStatus status) {
        if (standIn.payloadAbandoned()) {
            bio.abandonPayload();
        }
        if (standIn.doubt() != null) {
            bio.leaveInDoubt(standIn.doubt());
        }
        bio.endIo(status);
    }
}
