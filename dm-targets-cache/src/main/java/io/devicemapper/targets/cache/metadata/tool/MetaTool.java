package io.devicemapper.targets.cache.metadata.tool;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.targets.cache.metadata.CacheCheck;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import io.devicemapper.targets.cache.metadata.CacheSalvage;
import io.devicemapper.targets.cache.metadata.CacheSuperblock;
import io.devicemapper.targets.cache.metadata.Provenance;
import io.devicemapper.targets.cache.metadata.tool.MetaOptions.Flag;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.spi.ToolProvider;

/** {@code dm meta}: checks, dumps, restores and repairs the metadata of a cache. */
public final class MetaTool implements ToolProvider {
    private final DeviceOpener devices;
    private final InputStream standardInput;

    /** For the ServiceLoader. */
    public MetaTool() {
        this(new ProvidedDevices(), System.in);
    }

    MetaTool(DeviceOpener devices, InputStream standardInput) {
        this.devices = devices;
        this.standardInput = standardInput;
    }

    @Override
    public String name() {
        return "dm-meta";
    }

    @Override
    public int run(PrintWriter out, PrintWriter err, String... args) {
        try {
            MetaOptions options = MetaOptions.parse(List.of(args));
            if (options.help()) {
                out.print(MetaOptions.usage());
                return 0;
            }
            return switch (options.command()) {
                case CHECK -> check(options, out);
                case DUMP -> dump(options, out, err);
                case RESTORE -> restore(options, out);
                case REPAIR -> repair(options, out, err);
            };
        } catch (MetaException | IOException e) {
            err.println("dm: meta: " + text(e));
            return 1;
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static String text(Exception e) {
        return e instanceof NoSuchFileException ? e.getMessage() + ": no such file" : e.getMessage();
    }

    private static CacheSuperblock superblock(BlockDevice device) throws MetaException, MetadataException {
        Optional<CacheSuperblock> found = CacheMetadata.inspect(device);
        if (found.isEmpty()) {
            throw new MetaException(device.name() + ": block 0 is all zeroes: there is no cache metadata yet");
        }
        return found.get();
    }

    private int check(MetaOptions options, PrintWriter out) throws IOException, MetaException {
        boolean clear = options.has(Flag.CLEAR_NEEDS_CHECK);
        try (BlockDevice device = devices.open(options.device(), !clear)) {
            CacheSuperblock superblock = superblock(device);
            CacheCheck.Result result = CacheCheck.check(device, superblock);
            result.problems().forEach(out::println);
            result.blemishes().forEach(out::println);
            boolean failed = !result.problems().isEmpty()
                    || (!result.blemishes().isEmpty() && !options.has(Flag.IGNORE_NON_FATAL));
            if (failed) {
                throw new MetaException(
                        device.name() + ": " + count(result.problems().size(), "problem") + ", "
                                + count(result.blemishes().size(), "blemish"));
            }
            if (clear && superblock.needsCheck()) {
                clearNeedsCheck(device);
            }
            if (!options.has(Flag.QUIET)) {
                out.println(superblock + ", " + result.mapped() + " in use; " + result.usedBlocks() + " of "
                        + result.blocks() + " metadata blocks in use; nothing is wrong");
            }
            return 0;
        }
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : what.endsWith("sh") ? "es" : "s");
    }

    private static void clearNeedsCheck(BlockDevice device) throws MetadataException, MetaException {
        try (CacheMetadata metadata = CacheMetadata.open(device)) {
            if (metadata.provenance() == Provenance.DETACHED) {
                throw new MetaException(device.name() + ": the flag says that the cache was left behind, and goes when"
                        + " the cache is used again");
            }
            metadata.clearNeedsCheck();
        }
    }

    private int dump(MetaOptions options, PrintWriter out, PrintWriter err) throws IOException, MetaException {
        Optional<String> file = options.value(Flag.OUTPUT);
        try (BlockDevice device = devices.open(options.device(), true)) {
            CacheSuperblock superblock = superblock(device);
            if (superblock.provenance() == Provenance.DETACHED) {
                throw new MetaException(
                        device.name() + ": the cache was left behind: nothing that it holds is of use any more");
            }
            CacheSalvage salvage = new CacheSalvage(device, superblock);
            if (file.isPresent()) {
                try (PrintWriter toFile =
                        new PrintWriter(Files.newBufferedWriter(Path.of(file.get()), StandardCharsets.UTF_8))) {
                    new XmlDump(toFile).print(superblock, salvage);
                    if (toFile.checkError()) {
                        throw new MetaException(file.get() + " cannot be written");
                    }
                }
            } else {
                new XmlDump(out).print(superblock, salvage);
            }
            List<String> losses = salvage.losses();
            losses.forEach(err::println);
            if (!losses.isEmpty() && !options.has(Flag.REPAIR)) {
                throw new MetaException(device.name() + ": damaged; what was printed is not all");
            }
            return 0;
        }
    }

    private int restore(MetaOptions options, PrintWriter out) throws IOException, MetaException {
        Optional<String> file = options.value(Flag.INPUT);
        try (InputStream source =
                        file.isPresent() ? Files.newInputStream(Path.of(file.get())) : InputStream.nullInputStream();
                BlockDevice device = devices.open(options.device(), false)) {
            long mapped = XmlRestore.restore(
                    new BufferedInputStream(file.isPresent() ? source : standardInput),
                    device,
                    options.metadataVersion());
            if (!options.has(Flag.QUIET)) {
                out.println(device.name() + ": restored, " + mapped + " cache blocks in use");
            }
            return 0;
        }
    }

    private int repair(MetaOptions options, PrintWriter out, PrintWriter err) throws IOException, MetaException {
        Optional<String> other = options.value(Flag.OUTPUT);
        try (BlockDevice device = devices.open(options.device(), other.isPresent())) {
            Repair repair = Repair.of(device, options.has(Flag.USE_SPARE));
            if (repair.isNeedless() && other.isEmpty()) {
                boolean flagged = CacheMetadata.inspect(device).orElseThrow().needsCheck();
                if (flagged) {
                    clearNeedsCheck(device);
                }
                if (!options.has(Flag.QUIET)) {
                    out.println(device.name() + ": nothing is wrong, and nothing was changed"
                            + (flagged ? " but the flag \"needs check\"" : ""));
                }
                return 0;
            }
            if (other.isPresent()) {
                try (BlockDevice target = devices.open(other.get(), false)) {
                    repair.write(target);
                }
            } else {
                repair.write(device);
            }
            repair.losses().forEach(err::println);
            if (!options.has(Flag.QUIET)) {
                out.println(repair.summary());
            }
            return 0;
        }
    }
}
