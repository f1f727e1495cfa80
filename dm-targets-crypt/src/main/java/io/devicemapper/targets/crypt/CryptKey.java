package io.devicemapper.targets.crypt;

import io.devicemapper.key.KeyProvider;
import io.devicemapper.target.TableText;
import io.devicemapper.target.TargetException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * The key of a target and the engine that it makes, or neither after it was wiped. Changed by control operations, one at a time, while no bio is under
 * way; read by many threads.
 */
final class CryptKey {
    private final CryptDesign design;
    private final List<KeyProvider> providers;
    private volatile KeyMaterial material;
    private volatile String reference;
    private volatile CryptEngine engine;

    CryptKey(CryptDesign design, List<KeyProvider> providers) {
        this.design = design;
        this.providers = providers;
    }

    /**
     * Sets the key that a line or message has; the one before is wiped.
     *
     * @throws TargetException if it is no key, or of another length than the line's; nothing has changed then
     */
    void set(KeyArgument argument) throws TargetException {
        if (argument.keyBytes() != design.keyBytes()) {
            throw new TargetException(CryptDesign.BAD_KEY + " (expected a key of " + design.keyBytes()
                    + " bytes, found " + argument.keyBytes() + ")");
        }
        KeyMaterial decoded = argument.decode(providers);
        CryptEngine fresh;
        try {
            fresh = design.create(decoded);
        } catch (IllegalArgumentException e) { // a setting that names an engine which is not there
            decoded.wipe();
            throw new TargetException(CipherSpec.UNKNOWN_ALGORITHM + " (" + e.getMessage() + ")", e);
        } catch (RuntimeException | Error e) {
            decoded.wipe();
            throw e;
        }
        wipe();
        material = decoded;
        reference = argument.reference();
        engine = fresh;
    }

    /** Fills the key with zeroes and forgets it. */
    void wipe() {
        CryptEngine oldEngine = engine;
        KeyMaterial old = material;
        engine = null;
        material = null;
        reference = null;
        if (oldEngine != null) {
            oldEngine.close();
        }
        if (old != null) {
            old.wipe();
        }
    }

    /** What encrypts with the key; null while there is none. */
    CryptEngine engine() {
        return engine;
    }

    /**
     * As a table line has it.
     *
     * @param clear whether to show it; if not, each of its digits is a zero. A reference is shown in any case
     */
    String text(boolean clear) {
        String from = reference;
        if (from != null) {
            return ":" + design.keyBytes() + ":" + TableText.escape(from);
        }
        if (design.keyBytes() == 0) {
            return clear ? "-" : "0";
        }
        KeyMaterial key = material;
        if (!clear || key == null) {
            return "0".repeat(2 * design.keyBytes());
        }
        byte[] copy = key.getEncoded();
        try {
            return HexFormat.of().formatHex(copy);
        } finally {
            Arrays.fill(copy, (byte) 0);
        }
    }
}
