package io.devicemapper.targets.crypt;

import io.devicemapper.key.KeyProvider;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A key as a table line or message has it: hexadecimal digits, {@code -} for none, or {@code :<bytes>:<type>:<description>} for one that a
 * {@link KeyProvider} has. Holds the characters until it is closed. Not safe for use by several threads.
 */
final class KeyArgument implements AutoCloseable {
    private static final int MAX_SIZE_DIGITS = 9;

    /** Those that are known to tell nothing of a key. */
    private static final Set<Class<?>> BUILT_IN =
            Set.of(FileKeyProvider.class, KeyStoreKeyProvider.class, EnvironmentKeyProvider.class);

    /** See {@link KeyProvider#type}. */
    private static final Pattern TYPE = Pattern.compile("[a-z][a-z0-9_-]{0,14}");

    private final int position;
    private final byte[] word;
    private final int keyBytes;
    private final String reference;

    private KeyArgument(int position, byte[] word, int keyBytes, String reference) {
        this.position = position;
        this.word = word;
        this.keyBytes = keyBytes;
        this.reference = reference;
    }

    /**
     * Takes the next word, which it wipes from the text.
     *
     * @throws TargetException if it begins as a reference does and says no size
     */
    static KeyArgument next(TargetArgs args) throws TargetException {
        int position = args.size() - args.remaining() + 1;
        byte[] word = args.secret("key");
        if (word.length == 0 || word[0] != ':') {
            return new KeyArgument(position, word, word.length / 2, null);
        }
        String text = new String(word, StandardCharsets.US_ASCII);
        int colon = text.indexOf(':', 1);
        String digits = colon < 0 ? "" : text.substring(1, colon);
        if (digits.isEmpty()
                || digits.length() > MAX_SIZE_DIGITS
                || !digits.chars().allMatch(KeyArgument::isDigit)) {
            throw new TargetException(
                    "Cannot parse key size (argument " + position + " <key>: expected :<bytes>:<type>:<description>)");
        }
        return new KeyArgument(position, word, Integer.parseInt(digits), text.substring(colon + 1));
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    /** Length of the key. */
    int keyBytes() {
        return keyBytes;
    }

    /** The reference behind the size, {@code <type>:<description>}; null for digits. */
    String reference() {
        return reference;
    }

    /**
     * The key itself.
     *
     * @param providers to ask if this is a reference
     * @throws TargetException if it cannot be had
     */
    KeyMaterial decode(List<KeyProvider> providers) throws TargetException {
        if (reference != null) {
            return fetch(providers);
        }
        if (keyBytes == 0 && !(word.length == 1 && word[0] == '-')) {
            throw bad("expected hexadecimal digits");
        }
        byte[] key = new byte[keyBytes];
        for (int i = 0; i < keyBytes; i++) {
            int high = Character.digit(word[2 * i], 16);
            int low = Character.digit(word[2 * i + 1], 16);
            if (high < 0 || low < 0) {
                Arrays.fill(key, (byte) 0);
                throw bad("expected hexadecimal digits alone");
            }
            key[i] = (byte) (high << 4 | low);
        }
        return KeyMaterial.owning(key);
    }

    private KeyMaterial fetch(List<KeyProvider> providers) throws TargetException {
        int colon = reference.indexOf(':');
        String type = colon < 0 ? reference : reference.substring(0, colon);
        String description = colon < 0 ? "" : reference.substring(colon + 1);
        if (keyBytes == 0 || type.isEmpty() || description.isEmpty()) {
            throw bad("expected :<bytes>:<type>:<description>"
                    + (isType(type) ? ", found ':" + keyBytes + ":" + reference + "'" : ""));
        }
        for (KeyProvider provider : providers) {
            if (provider.type().equals(type)) {
                return fetch(provider, description);
            }
        }
        throw bad("no key provider of type " + (isType(type) ? "'" + type + "'" : "as given")
                + "; known: "
                + providers.stream().map(KeyProvider::type).distinct().sorted().collect(Collectors.joining(", ")));
    }

    /** Whether this can be a type. What cannot is not repeated in messages: it may be a key, by mistake. */
    private static boolean isType(String text) {
        return TYPE.matcher(text).matches();
    }

    private KeyMaterial fetch(KeyProvider provider, String description) throws TargetException {
        byte[] key = ask(provider, description);
        if (key == null || key.length != keyBytes) {
            int found = key == null ? 0 : key.length;
            if (key != null) {
                Arrays.fill(key, (byte) 0);
            }
            throw bad("key provider '" + provider.type() + "' answered with " + found + " bytes, expected " + keyBytes);
        }
        return KeyMaterial.owning(key);
    }

    private byte[] ask(KeyProvider provider, String description) throws TargetException {
        try {
            return provider.key(description, keyBytes);
        } catch (IOException e) {
            if (BUILT_IN.contains(provider.getClass())) {
                throw new TargetException(refusal(e.getMessage()), e);
            }
            throw failed(provider, e);
        } catch (RuntimeException e) {
            throw failed(provider, e);
        }
    }

    /** Neither message nor cause of what a provider throws that is not ours: there may be a part of the key in it. */
    private TargetException failed(KeyProvider provider, Exception thrown) {
        return bad("key provider '" + provider.type() + "' failed with "
                + thrown.getClass().getName());
    }

    private TargetException bad(String why) {
        return new TargetException(refusal(why));
    }

    private String refusal(String why) {
        return CryptDesign.BAD_KEY + " (argument " + position + " <key>: " + why + ")";
    }

    /** Wipes the characters. */
    @Override
    public void close() {
        Arrays.fill(word, (byte) 0);
    }
}
