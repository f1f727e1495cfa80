package io.devicemapper.targets.crypt;

import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The optional arguments of a crypt line.
 *
 * @param flags the options without a value
 * @param unitBytes length of an encryption unit
 * @param integrity the {@code integrity} option as written, or null
 */
record CryptOptions(Set<Flag> flags, int unitBytes, String integrity) {
    /** The options that have no value, in the order of TABLE status, which puts {@code sector_size} before the last one. */
    enum Flag {
        /** Discards go down, and show in the ciphertext which areas are unused. */
        ALLOW_DISCARDS,
        /** Accepted, without effect: a bio is encrypted by the thread that submits it, always. */
        SAME_CPU_CRYPT,
        /** As above; the kernel's high-priority work queues. */
        HIGH_PRIORITY,
        /** As above. */
        SUBMIT_FROM_CRYPT_CPUS,
        /** As above. */
        NO_READ_WORKQUEUE,
        /** As above. */
        NO_WRITE_WORKQUEUE,
        /** IVs count units, not sectors of 512 bytes. */
        IV_LARGE_SECTORS;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int DEFAULT_UNIT_BYTES = 512;
    private static final int MAX_OPTIONS = 8;
    private static final int MAX_TAG_BYTES = 480;
    private static final String UNKNOWN = "Invalid feature arguments";
    private static final Pattern SECTOR_SIZE = Pattern.compile("sector_size:(\\d{1,9})", Pattern.CASE_INSENSITIVE);
    private static final Pattern INTEGRITY = Pattern.compile("integrity:(\\d{1,9}):(.*)", Pattern.CASE_INSENSITIVE);
    private static final Pattern INTEGRITY_KEY_SIZE =
            Pattern.compile("integrity_key_size:(\\d{1,9})", Pattern.CASE_INSENSITIVE);

    /**
     * Reads them: a count, and so many words. As in the kernel, what stands behind these is ignored.
     *
     * @param args what follows the start sector, perhaps nothing
     * @param lenSectors length of the target, which must be whole units
     */
    static CryptOptions parse(TargetArgs args, long lenSectors) throws TargetException {
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        int unitBytes = DEFAULT_UNIT_BYTES;
        String integrity = null;
        if (args.hasNext()) {
            TargetArgs options = args.group("#opt_params", MAX_OPTIONS, "Invalid number of feature args");
            while (options.hasNext()) {
                String option = options.next("opt_param");
                Matcher sectorSize = SECTOR_SIZE.matcher(option);
                if (sectorSize.matches()) {
                    unitBytes = unitBytes(options, Integer.parseInt(sectorSize.group(1)), lenSectors);
                } else if (isIntegrity(options, option)) {
                    integrity = option;
                } else {
                    flags.add(flag(options, option));
                }
            }
            args.rest();
        }
        return new CryptOptions(flags, unitBytes, integrity);
    }

    private static int unitBytes(TargetArgs options, int bytes, long lenSectors) throws TargetException {
        if (bytes < DEFAULT_UNIT_BYTES || bytes > UnitCipher.MAX_UNIT_BYTES || Integer.bitCount(bytes) != 1) {
            throw options.error("Invalid feature value for sector_size", "opt_param", "512, 1024, 2048 or 4096 bytes");
        }
        if ((lenSectors & ((bytes >> 9) - 1)) != 0) {
            throw new TargetException("Device size is not multiple of sector_size feature (" + lenSectors
                    + " sectors of 512 bytes, sector_size " + bytes + ")");
        }
        return bytes;
    }

    private static boolean isIntegrity(TargetArgs options, String option) throws TargetException {
        Matcher tag = INTEGRITY.matcher(option);
        if (tag.matches()) {
            int tagBytes = Integer.parseInt(tag.group(1));
            if (tagBytes == 0 || tagBytes > MAX_TAG_BYTES) {
                throw options.error(
                        "Invalid integrity arguments", "opt_param", "a tag of 1 to " + MAX_TAG_BYTES + " bytes");
            }
            if (!tag.group(2).equalsIgnoreCase("aead") && !tag.group(2).equalsIgnoreCase("none")) {
                throw options.error("Unknown integrity profile", "opt_param", "aead or none");
            }
            return true;
        }
        Matcher keySize = INTEGRITY_KEY_SIZE.matcher(option);
        if (keySize.matches() && Integer.parseInt(keySize.group(1)) == 0) {
            throw options.error("Invalid integrity_key_size argument", "opt_param", "at least 1 byte");
        }
        return keySize.matches();
    }

    private static Flag flag(TargetArgs options, String option) throws TargetException {
        for (Flag flag : Flag.values()) {
            if (flag.text().equals(option.toLowerCase(Locale.ROOT))) {
                return flag;
            }
        }
        List<String> known = new ArrayList<>();
        for (Flag flag : Flag.values()) {
            known.add(flag.text());
        }
        throw options.error(UNKNOWN, "opt_param", "sector_size:<bytes> or one of " + String.join(", ", known));
    }

    boolean has(Flag flag) {
        return flags.contains(flag);
    }

    /** Whether the table asks for authenticated encryption. */
    boolean wantsTags() {
        return integrity != null && integrity.toLowerCase(Locale.ROOT).endsWith(":aead");
    }

    /** Whether the table asks for anything that needs an integrity device below. */
    boolean wantsIntegrity() {
        return integrity != null;
    }

    UnitNumbering numbering() {
        return new UnitNumbering(unitBytes, has(Flag.IV_LARGE_SECTORS));
    }

    /** As TABLE status has it, with a blank before; empty if nothing differs from the defaults. */
    String table() {
        List<String> words = new ArrayList<>();
        for (Flag flag : Flag.values()) {
            if (flag == Flag.IV_LARGE_SECTORS && unitBytes != DEFAULT_UNIT_BYTES) {
                words.add("sector_size:" + unitBytes);
            }
            if (has(flag)) {
                words.add(flag.text());
            }
        }
        return words.isEmpty() ? "" : " " + words.size() + " " + String.join(" ", words);
    }
}
