package io.devicemapper.targets.crypt;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.key.KeyProvider;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;

/**
 * Encrypts a range of a device: {@code crypt <cipher> <key> <iv_offset> <dev> <start> [<#opt_params> <opt_param>...]}.
 *
 * <p>A read is decrypted in its own buffer when it comes back. A write is encrypted into a buffer of the target's, by the thread that submits it.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/device-mapper/dm-crypt.html">Linux: dm-crypt</a>
 */
public final class CryptTarget implements TargetType<CryptMapping> {
    private static final int MIN_ARGUMENTS = 5;
    private static final String SYNTAX = "<cipher> <key> <iv_offset> <dev> <start> [<#opt_params> <opt_param>...]";

    @Override
    public String name() {
        return "crypt";
    }

    @Override
    public Version version() {
        return new Version(1, 24, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    /** In the kernel's order, as far as it shows in which mistake is told first; but the device last, as to claim it may make a file. */
    @Override
    public CryptMapping ctr(DmTarget<CryptMapping> ti, TargetArgs args) throws TargetException {
        if (args.size() < MIN_ARGUMENTS) {
            throw new TargetException("Not enough arguments (expected " + SYNTAX + ", found " + args.size() + ")");
        }
        String cipher = args.next("cipher");
        try (KeyArgument keyArgument = KeyArgument.next(args)) {
            TargetArgs place = args.take(3);
            CryptOptions options = CryptOptions.parse(args, ti.len());
            CipherSpec spec = CipherSpec.parse(cipher, options.wantsTags());
            CryptDesign design = CryptDesign.of(spec, keyArgument.keyBytes(), options.numbering());
            design.checkKeyLength();
            design.checkIv();
            long ivOffset = ivOffset(place, options.numbering());
            TargetArgs dev = place.take(1);
            long startSector = place.sector("start", "Invalid device sector");
            if (options.wantsIntegrity() || design.needsIntegrity()) {
                throw new TargetException(
                        "Integrity profile not supported. (authenticated encryption and random IVs need an"
                                + " integrity device, which there is none of here)");
            }
            CryptKey key = new CryptKey(design, ti.providers(KeyProvider.class));
            key.set(keyArgument);
            try {
                CryptMapping mapping = new CryptMapping(spec, options, key, ivOffset, dev.device("dev"), startSector);
                ti.maxIoLen(BounceBuffers.MAX_BYTES >> Bio.SECTOR_SHIFT);
                if (options.has(CryptOptions.Flag.ALLOW_DISCARDS)) {
                    ti.discardBios(1);
                }
                return mapping;
            } catch (TargetException | RuntimeException e) {
                key.wipe();
                throw e;
            }
        }
    }

    private static long ivOffset(TargetArgs args, UnitNumbering numbering) throws TargetException {
        String text = args.next("iv_offset");
        try {
            long sectors = Long.parseUnsignedLong(text);
            if (text.charAt(0) != '+' && (sectors & (numbering.unitSectors() - 1)) == 0) {
                return sectors;
            }
        } catch (NumberFormatException notANumber) {
            // Refused below, like one that is not of whole units.
        }
        throw args.error(
                "Invalid iv_offset sector",
                "iv_offset",
                "a decimal number of sectors below 2^64"
                        + (numbering.unitSectors() == 1 ? "" : ", a multiple of " + numbering.unitSectors()));
    }

    @Override
    public MapResult map(DmTarget<CryptMapping> ti, TargetBio bio) {
        return ti.state().map(bio);
    }

    @Override
    public EndIo endIo(DmTarget<CryptMapping> ti, TargetBio bio, BioStatus status) {
        return EndIo.done(ti.state().endIo(bio, status));
    }

    @Override
    public void dtr(DmTarget<CryptMapping> ti) {
        ti.state().wipeKey();
    }

    @Override
    public String status(DmTarget<CryptMapping> ti, StatusType type) {
        return switch (type) {
            case INFO -> "";
            case TABLE -> ti.state().table(false);
        };
    }

    @Override
    public String tableWithKeys(DmTarget<CryptMapping> ti) {
        return ti.state().table(true);
    }

    @Override
    public String message(DmTarget<CryptMapping> ti, TargetArgs args) throws TargetException {
        return ti.state().message(args);
    }

    @Override
    public void iterateDevices(DmTarget<CryptMapping> ti, DeviceVisitor visitor) {
        visitor.visit(ti.state().dev(), ti.state().startSector(), ti.len());
    }

    @Override
    public void ioHints(DmTarget<CryptMapping> ti, QueueLimits.Builder limits) {
        QueueLimits stacked = limits.build();
        int unitBytes = ti.state().unitBytes();
        limits.logicalBlockSize(Math.max(stacked.logicalBlockSize(), unitBytes))
                .physicalBlockSize(Math.max(stacked.physicalBlockSize(), unitBytes))
                .ioMin(Math.max(stacked.ioMin(), unitBytes));
    }

    @Override
    public void postsuspend(DmTarget<CryptMapping> ti) {
        ti.state().postsuspend();
    }

    @Override
    public void preresume(DmTarget<CryptMapping> ti) throws TargetException {
        ti.state().preresume();
    }

    @Override
    public void resume(DmTarget<CryptMapping> ti) {
        ti.state().resume();
    }
}
