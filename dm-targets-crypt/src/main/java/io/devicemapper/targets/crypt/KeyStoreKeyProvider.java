package io.devicemapper.targets.crypt;

import io.devicemapper.key.KeyProvider;
import io.devicemapper.target.DmApi;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.Arrays;

/**
 * Keys of type {@code keystore}: {@code ALIAS@PATH} is a secret key in a Java key store. Its password is the first line of the file {@code PATH.password}, which
 * nobody but its owner may have any right to; key and store have the same.
 */
public final class KeyStoreKeyProvider implements KeyProvider {
    @Override
    public String type() {
        return "keystore";
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public byte[] key(String description, int bytes) throws IOException {
        int at = description.indexOf('@');
        if (at < 1) {
            throw new IOException("'" + description + "': expected ALIAS@PATH of a key store");
        }
        String alias = description.substring(0, at);
        Path store = OwnerOnlyFile.path(description.substring(at + 1));
        char[] password = password(Path.of(store + ".password"));
        byte[] key;
        try {
            key = secret(store, alias, password);
        } finally {
            Arrays.fill(password, '\0');
        }
        if (key.length != bytes) {
            int found = key.length;
            Arrays.fill(key, (byte) 0);
            throw new IOException(store + ": " + alias + ": expected a key of " + bytes + " bytes, found " + found);
        }
        return key;
    }

    private static byte[] secret(Path store, String alias, char[] password) throws IOException {
        byte[] encoded;
        try {
            Key key = KeyStore.getInstance(store.toFile(), password).getKey(alias, password);
            encoded = key == null ? null : key.getEncoded();
        } catch (GeneralSecurityException | IllegalArgumentException | IOException e) {
            throw new IOException(store + ": cannot be read as a key store with this password: " + e.getMessage(), e);
        }
        if (encoded == null) {
            throw new IOException(store + ": no secret key '" + alias + "' in it");
        }
        return encoded;
    }

    private static char[] password(Path file) throws IOException {
        byte[] content = OwnerOnlyFile.read(file);
        CharBuffer text = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(content));
        Arrays.fill(content, (byte) 0);
        int length = 0;
        while (length < text.limit() && text.get(length) != '\n' && text.get(length) != '\r') {
            length++;
        }
        char[] line = Arrays.copyOf(text.array(), length);
        Arrays.fill(text.array(), '\0');
        return line;
    }
}
