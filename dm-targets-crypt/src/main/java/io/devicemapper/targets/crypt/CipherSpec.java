package io.devicemapper.targets.crypt;

import io.devicemapper.target.TargetException;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The first argument of a crypt line, {@code cipher[:keycount]-chainmode-ivmode[:ivopts]} or {@code capi:cipher_api_spec-ivmode[:ivopts]}, in the
 * kernel's reading of it.
 *
 * @param text as written
 * @param algorithm what encrypts a unit
 * @param keyCount how many keys take turns: a power of two
 * @param ivMode how IVs are made, null if the text names none
 * @param ivOptions what stands behind the IV mode's colon, null if there is none
 * @see <a href="https://docs.kernel.org/admin-guide/device-mapper/dm-crypt.html">Linux: dm-crypt</a>
 */
record CipherSpec(String text, AlgorithmName algorithm, int keyCount, String ivMode, String ivOptions) {
    /** How the kernel refuses what its crypto API has no such algorithm for. */
    static final String UNKNOWN_ALGORITHM = "Error allocating crypto tfm";

    /** What is more likely a key than a cipher. */
    private static final Pattern DIGITS = Pattern.compile(":?[0-9a-fA-F]{8,}");

    private static final String CRYPTO_API = "capi:";
    private static final String BAD_KEY_COUNT = "Bad cipher key count specification";

    /** More do not fit into what the kernel can allocate for them; the key of each would have to stand in the line. */
    private static final int MAX_KEYS = 1 << 19;

    /** The number of keys that the IV mode implies in the form with {@code capi:}. */
    private static final int LMK_KEYS = 64;

    /**
     * Reads the argument.
     *
     * @param wantsTags whether the table asks for authenticated encryption, which the older form cannot express
     * @throws TargetException if it is malformed; algorithms and modes are not looked up here
     */
    static CipherSpec parse(String text, boolean wantsTags) throws TargetException {
        if (text.startsWith(CRYPTO_API)) {
            return parseApiForm(text);
        }
        if (wantsTags || text.indexOf('(') >= 0) {
            throw error("Bad cipher specification", text, "cipher[:keycount]-chainmode-ivmode[:ivopts]");
        }
        return parseOldForm(text);
    }

    private static CipherSpec parseOldForm(String text) throws TargetException {
        String[] parts = text.split("-", 3);
        String[] cipher = parts[0].split(":", 2);
        int keyCount = cipher.length == 1 ? 1 : keyCount(text, cipher[1]);
        String chainMode = parts.length > 1 ? parts[1] : null;
        String[] iv = parts.length > 2 ? parts[2].split(":", 2) : new String[0];
        String ivMode = iv.length > 0 ? iv[0] : null;
        String ivOptions = iv.length > 1 ? iv[1] : null;
        // What the first versions of dm-crypt called "plain".
        if (chainMode == null || (chainMode.equals("plain") && ivMode == null)) {
            chainMode = "cbc";
            ivMode = "plain";
        }
        if (ivMode == null && !chainMode.equals("ecb")) {
            throw error(
                    "IV mechanism required", text, "an IV mode, such as " + cipher[0] + "-" + chainMode + "-plain64");
        }
        return make(text, chainMode + "(" + cipher[0] + ")", keyCount, ivMode, ivOptions);
    }

    private static int keyCount(String text, String digits) throws TargetException {
        int count = 0;
        try {
            count = Integer.parseUnsignedInt(digits);
        } catch (NumberFormatException notANumber) {
            // Refused below like 0.
        }
        if (Integer.bitCount(count) != 1 || count < 0 || count > MAX_KEYS) {
            throw error(BAD_KEY_COUNT, text, "a power of two up to " + MAX_KEYS + " behind the cipher's colon");
        }
        return count;
    }

    private static CipherSpec parseApiForm(String text) throws TargetException {
        String rest = text.substring(CRYPTO_API.length());
        int colon = rest.lastIndexOf(':');
        String ivOptions = colon < 0 ? null : rest.substring(colon + 1);
        rest = colon < 0 ? rest : rest.substring(0, colon);
        int dash = rest.lastIndexOf('-');
        String ivMode = dash < 0 ? null : rest.substring(dash + 1);
        rest = dash < 0 ? rest : rest.substring(0, dash);
        return make(text, rest, "lmk".equals(ivMode) ? LMK_KEYS : 1, ivMode, ivOptions);
    }

    private static CipherSpec make(String text, String api, int keyCount, String ivMode, String ivOptions)
            throws TargetException {
        AlgorithmName algorithm = AlgorithmName.parse(api)
                .orElseThrow(() -> error(UNKNOWN_ALGORITHM, text, "an algorithm of the form template(cipher)"));
        if ("essiv".equals(ivMode)) {
            if (ivOptions == null) {
                throw error("Digest algorithm missing for ESSIV mode", text, "a digest, such as essiv:sha256");
            }
            algorithm = AlgorithmName.of("essiv", algorithm, AlgorithmName.of(ivOptions));
        }
        return new CipherSpec(text, algorithm, keyCount, ivMode, ivOptions);
    }

    /** A refusal of the first argument. */
    static TargetException error(String reason, String text, String expected) {
        return new TargetException(
                reason + " (argument 1 <cipher>: expected " + expected + ", found '" + printable(text) + "')");
    }

    /** A word of a table line can be anything, also the key, if somebody mixes up the arguments. */
    private static String printable(String text) {
        if (DIGITS.matcher(text).matches()) {
            return text.length() + " hexadecimal digits";
        }
        return Arrays.stream(text.split("\\p{Cntrl}", -1)).collect(Collectors.joining("?"));
    }
}
