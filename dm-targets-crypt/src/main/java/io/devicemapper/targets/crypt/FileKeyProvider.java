package io.devicemapper.targets.crypt;

import io.devicemapper.key.KeyProvider;
import io.devicemapper.target.DmApi;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** Keys of type {@code file}: the bytes of a file as they are, given by its absolute path. Nobody but the file's owner may have any right to it. */
public final class FileKeyProvider implements KeyProvider {
    @Override
    public String type() {
        return "file";
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public byte[] key(String description, int bytes) throws IOException {
        Path file = OwnerOnlyFile.path(description);
        byte[] content = OwnerOnlyFile.read(file);
        if (content.length != bytes) {
            Arrays.fill(content, (byte) 0);
            throw new IOException(file + ": expected a key of " + bytes + " bytes, found " + content.length);
        }
        return content;
    }
}
