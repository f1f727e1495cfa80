package io.devicemapper.core.device;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.DmApi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * Files and block devices of the host: {@code file:PATH}, {@code file:PATH?size=SIZE&direct=true}, or a plain path without the
 * scheme, all of which is the path then. Relative paths start from the context's folder.
 *
 * <p>Two names mean the same device if they lead to the same real path, with the same {@code direct}. Hard links have paths of their
 * own and so count as different devices, whose I/O goes to the same bytes.
 */
public final class FileDeviceProvider implements BlockDeviceProvider {
    private static final String SCHEME = "file";
    private static final String SIZE = "size";
    private static final String DIRECT = "direct";

    /** For {@link java.util.ServiceLoader}. */
    public FileDeviceProvider() {}

    @Override
    public String scheme() {
        return SCHEME;
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public String identity(String name, OpenContext context) throws IOException {
        DeviceName parsed = parse(name);
        Path path = path(name, parsed, context);
        Path real;
        if (parsed.has(SIZE) && !Files.exists(path)) {
            real = realPathOfMissing(path);
        } else {
            HostFile file = HostFile.inspect(path);
            if (parsed.has(SIZE) && !file.isBlockDevice()) {
                FileDevice.requireSize(path, parsed.sizeBytes(SIZE), Files.size(path));
            }
            real = file.path();
        }
        return parsed.isTrue(DIRECT) ? SCHEME + ":" + real + "?direct=true" : SCHEME + ":" + real;
    }

    private static Path realPathOfMissing(Path path) throws IOException {
        Path folder = path.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IOException(path + ": no such directory: " + folder);
        }
        return folder.toRealPath().resolve(path.getFileName());
    }

    @Override
    public BlockDevice open(String name, OpenContext context) throws IOException {
        DeviceName parsed = parse(name);
        FileOptions options =
                FileOptions.DEFAULT.withReadOnly(context.readOnly()).withDirect(parsed.isTrue(DIRECT));
        if (parsed.has(SIZE)) {
            options = options.withSizeBytes(parsed.sizeBytes(SIZE));
        }
        return FileDevice.open(
                name, path(name, parsed, context), options, FileLocks.OF_THIS_PROCESS, NativeFile.AVAILABLE);
    }

    private static DeviceName parse(String name) throws IOException {
        return name.startsWith(SCHEME + ":")
                ? DeviceName.parse(name, SCHEME, List.of(SIZE, DIRECT))
                : DeviceName.plain(name);
    }

    private static Path path(String name, DeviceName parsed, OpenContext context) throws IOException {
        if (parsed.body().isEmpty()) {
            throw new IOException(name + ": expected a path");
        }
        try {
            return context.directory().resolve(parsed.body());
        } catch (InvalidPathException e) {
            throw new IOException(name + ": not a path: " + e.getReason(), e);
        }
    }
}
