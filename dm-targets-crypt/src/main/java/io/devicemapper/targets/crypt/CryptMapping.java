package io.devicemapper.targets.crypt;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import java.nio.ByteBuffer;

/**
 * One crypt target: the kernel's {@code struct crypt_config}. Its key changes only while no bio is under way; everything else is fixed.
 * {@link #map} and {@link #endIo} run on many threads at once.
 */
final class CryptMapping {
    private static final String NO_KEY = "aborting resume - crypt key is not set";

    private final CipherSpec spec;
    private final CryptOptions options;
    private final long ivOffset;
    private final DmDev dev;
    private final long startSector;
    private final CryptKey key;
    private final BounceBuffers buffers;
    private volatile boolean suspended;

    CryptMapping(CipherSpec spec, CryptOptions options, CryptKey key, long ivOffset, DmDev dev, long startSector) {
        this(spec, options, key, ivOffset, dev, startSector, new BounceBuffers());
    }

    /** As above, with the buffers that writes go through. */
    CryptMapping(
            CipherSpec spec,
            CryptOptions options,
            CryptKey key,
            long ivOffset,
            DmDev dev,
            long startSector,
            BounceBuffers buffers) {
        this.spec = spec;
        this.options = options;
        this.key = key;
        this.ivOffset = ivOffset;
        this.dev = dev;
        this.startSector = startSector;
        this.buffers = buffers;
    }

    DmDev dev() {
        return dev;
    }

    long startSector() {
        return startSector;
    }

    int unitBytes() {
        return options.unitBytes();
    }

    MapResult map(TargetBio bio) {
        CryptEngine usable = key.engine();
        long sector = startSector + bio.sector();
        return switch (bio.op()) {
            case READ -> usable == null || isCut(bio) ? bio.complete(BioStatus.IO) : bio.remap(dev, sector);
            case WRITE -> usable == null || isCut(bio) ? bio.complete(BioStatus.IO) : write(usable, bio);
            case DISCARD -> bio.remap(dev, sector);
            // The host flushes the device itself, and nobody asked for write-zeroes, which would read as garbage.
            case FLUSH, WRITE_ZEROES -> bio.complete(BioStatus.UNSUPPORTED);
        };
    }

    /** Whether it is not whole units. */
    private boolean isCut(TargetBio bio) {
        return ((bio.sector() | bio.sectors()) & ((options.unitBytes() >> Bio.SECTOR_SHIFT) - 1)) != 0;
    }

    private MapResult write(CryptEngine usable, TargetBio bio) {
        int length = (int) bio.bytes();
        BounceBuffer buffer = buffers.borrow(length);
        ByteBuffer ciphertext = buffer.payload(length);
        ByteBuffer plaintext = bio.payload();
        try {
            usable.encrypt(plaintext, plaintext.position(), ciphertext, 0, length, ivOffset + bio.sector());
        } catch (RuntimeException | Error e) { // nobody else would, as the bio goes no further
            buffers.giveBack(buffer);
            throw e;
        }
        bio.context(buffer);
        return bio.remap(dev, startSector + bio.sector(), ciphertext);
    }

    BioStatus endIo(TargetBio bio, BioStatus status) {
        switch (bio.op()) {
            case WRITE -> {
                if (bio.context() instanceof BounceBuffer buffer) {
                    bio.context(null);
                    takeBack(buffer, bio);
                }
            }
            case READ -> {
                if (status.isOk()) {
                    return decrypt(bio);
                }
            }
            case FLUSH, DISCARD, WRITE_ZEROES -> {}
        }
        return status;
    }

    private void takeBack(BounceBuffer buffer, TargetBio bio) {
        if (bio.payloadAbandoned()) {
            buffers.abandon(buffer);
        } else {
            buffers.giveBack(buffer);
        }
    }

    private BioStatus decrypt(TargetBio bio) {
        CryptEngine usable = key.engine();
        if (usable == null) {
            return BioStatus.IO;
        }
        int position = bio.payload().position();
        usable.decrypt(bio.payload(), position, bio.payload(), position, (int) bio.bytes(), ivOffset + bio.sector());
        return BioStatus.OK;
    }

    /** Forgets the key. */
    void wipeKey() {
        key.wipe();
    }

    String message(TargetArgs args) throws TargetException {
        if (args.size() == 1 && args.next("message").equalsIgnoreCase("engine")) {
            CryptEngine usable = key.engine();
            return usable == null ? "no key" : usable.description();
        }
        if (args.size() < 2 || !args.next("message").equalsIgnoreCase("key")) {
            throw unrecognised();
        }
        if (!suspended) {
            throw new TargetException("not suspended during key manipulation (suspend the device first)");
        }
        String verb = args.next("verb");
        if (verb.equalsIgnoreCase("set") && args.remaining() == 1) {
            try (KeyArgument argument = KeyArgument.next(args)) {
                key.set(argument);
            }
        } else if (verb.equalsIgnoreCase("wipe") && !args.hasNext()) {
            key.wipe();
        } else {
            throw unrecognised();
        }
        return "";
    }

    private static TargetException unrecognised() {
        return new TargetException("unrecognised message received (expected 'key set <key>', 'key wipe' or 'engine')");
    }

    void postsuspend() {
        suspended = true;
    }

    void preresume() throws TargetException {
        if (key.engine() == null) {
            throw new TargetException(NO_KEY);
        }
    }

    void resume() {
        suspended = false;
    }

    /** The arguments that the target was made of, the key in the clear or hidden. */
    String table(boolean withKey) {
        return spec.text() + " " + key.text(withKey) + " " + Long.toUnsignedString(ivOffset) + " " + dev.tableName()
                + " " + startSector + options.table();
    }
}
