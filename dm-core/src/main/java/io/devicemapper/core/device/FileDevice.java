package io.devicemapper.core.device;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A regular file, or a block device of the host, as a device. I/O is carried out on the submitting thread, which waits for it.
 *
 * <ul>
 *   <li>Size: as it is when the device is opened, rounded down to whole blocks of {@link QueueLimits#logicalBlockSize()}.
 *   <li>Durability: a flush, and a write with {@link BioFlags#FUA}, ends after {@code fdatasync}. Once that has failed, every later
 *       one fails too until the device is opened anew: the host forgets about data that it could not write, and its next sync
 *       would claim success.
 *   <li>Interrupts: I/O of an interrupted thread is carried out, for all threads, and the thread stays interrupted.
 *   <li>Lock: another process can neither write the file while it is open here, nor open it while it may be written here. Devices of
 *       one process share it.
 *   <li>Holes, discard and fast zeroes need Linux, JNA and the file system's support; without them everything counts as data,
 *       discard is not supported, and zeroes are written.
 * </ul>
 *
 * <p>Safe for use by several threads; not to be closed before the last bio has ended, which would fail.
 */
public final class FileDevice extends BlockDevice {
    private static final System.Logger LOG = System.getLogger(FileDevice.class.getName());

    private static final long REPORT_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The largest logical block that {@link QueueLimits} knows. */
    private static final int MAX_BLOCK_BYTES = 65536;

    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect((256 << 10) + MAX_BLOCK_BYTES)
            .alignedSlice(MAX_BLOCK_BYTES)
            .slice(0, 256 << 10);

    private final String name;
    private final FileOptions options;
    private final OpenFile file;
    private final FileIo io;
    private final FileSpace space;
    private final QueueLimits limits;
    private final long sectors;
    private volatile boolean closed;
    private volatile long lastReportNanos = System.nanoTime() - REPORT_INTERVAL_NANOS;

    private FileDevice(String name, HostFile hostFile, FileOptions options, OpenFile file) throws IOException {
        this.name = name;
        this.options = options;
        this.file = file;
        QueueLimits.Builder builder = QueueLimits.builder()
                .maxWriteZeroesSectors(QueueLimits.UNLIMITED)
                .writeCache(!options.readOnly())
                .fua(true);
        int fileSystemBlock = file.fileSystemBlockSize();
        int logicalBlock;
        if (hostFile.isBlockDevice()) {
            BlockQueue queue = BlockQueue.of(hostFile);
            space = FileSpace.ofBlockDevice(file.claim(), options.readOnly(), queue);
            logicalBlock = (int) queue.number("logical_block_size", Bio.SECTOR_SIZE);
            builder.physicalBlockSize((int) queue.number("physical_block_size", logicalBlock))
                    .discardGranularity(queue.number("discard_granularity", logicalBlock))
                    .rotational(queue.number("rotational", 0) == 1);
        } else {
            space = FileSpace.ofRegularFile(file.nativeFile(), options.readOnly(), file.bytes());
            logicalBlock = Bio.SECTOR_SIZE;
            builder.physicalBlockSize(fileSystemBlock).discardGranularity(fileSystemBlock);
        }
        if (options.direct()) {
            int alignment = file.nativeFile() == null ? 0 : file.nativeFile().directIoAlignment();
            boolean finer = alignment > 0 && alignment < fileSystemBlock;
            logicalBlock = Math.max(logicalBlock, finer ? alignment : fileSystemBlock);
            if (logicalBlock > MAX_BLOCK_BYTES) {
                throw new IOException(file.path() + ": no direct I/O in blocks of " + logicalBlock + " bytes");
            }
            io = new DirectFileIo(file.channel(), fileSystemBlock, finer ? file.nativeFile() : null);
        } else {
            io = new BufferedFileIo(file.channel(), file.nativeFile());
        }
        limits = builder.logicalBlockSize(logicalBlock)
                .maxDiscardSectors(space.canDiscard() ? QueueLimits.UNLIMITED : 0)
                .fastZeroes(space.canPunch())
                .build();
        sectors = file.bytes() / logicalBlock * limits.logicalBlockSectors();
    }

    /**
     * Opens a file as a device.
     *
     * @param path a regular file or block device; made as a sparse file if it is missing and the options give a size
     * @param options how
     * @return a device whose name is the path
     * @throws IOException if that fails; one line that names the file, and for a file in use its user
     */
    public static FileDevice open(Path path, FileOptions options) throws IOException {
        return open(path.toString(), path, options, FileLocks.OF_THIS_PROCESS, NativeFile.AVAILABLE);
    }

    static FileDevice open(String name, Path path, FileOptions options, FileLocks locks, boolean useNative)
            throws IOException {
        boolean interrupted = Thread.interrupted(); // would close what is being opened
        try {
            return openUninterrupted(name, path, options, locks, useNative);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static FileDevice openUninterrupted(
            String name, Path path, FileOptions options, FileLocks locks, boolean useNative) throws IOException {
        if (options.sizeBytes().isPresent()) {
            HostFile.createIfMissing(path, options.sizeBytes().getAsLong());
        }
        HostFile hostFile = HostFile.inspect(path);
        OpenFile file = OpenFile.open(hostFile, options, locks, useNative);
        try {
            if (options.sizeBytes().isPresent()) {
                requireSize(path, options.sizeBytes().getAsLong(), file.bytes());
            }
            return new FileDevice(name, hostFile, options, file);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** Fails if a file exists with another size than the one asked for. */
    static void requireSize(Path path, long expectedBytes, long foundBytes) throws IOException {
        if (expectedBytes != foundBytes) {
            throw new IOException(path + ": exists with a size of " + SizeText.format(foundBytes) + ", not "
                    + SizeText.format(expectedBytes));
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long sectors() {
        return sectors;
    }

    @Override
    public QueueLimits limits() {
        return limits;
    }

    @Override
    public boolean isReadOnly() {
        return options.readOnly();
    }

    @Override
    public boolean mayWait() {
        return true;
    }

    @Override
    protected void process(Bio bio) {
        if (!accept(bio)) {
            return;
        }
        BioStatus status;
        try {
            status = carryOut(bio);
        } catch (IOException e) {
            status = IoErrors.status(e);
            report(bio, e);
        }
        bio.endIo(status);
    }

    /** One line a second at most, whatever happens. */
    private void report(Bio bio, IOException e) {
        long now = System.nanoTime();
        if (now - lastReportNanos > REPORT_INTERVAL_NANOS) {
            lastReportNanos = now;
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> name + ": " + bio + " failed: " + (closed ? "closed" : e.getMessage()));
        }
    }

    private BioStatus carryOut(Bio bio) throws IOException {
        boolean mustBeDurable = bio.has(BioFlags.FUA) && bio.op().modifies();
        if (mustBeDurable) {
            file.flushGate().check();
        }
        long position = bio.sector() << Bio.SECTOR_SHIFT;
        switch (bio.op()) {
            case READ -> io.transfer(false, bio.payload(), position);
            case WRITE -> {
                io.transfer(true, bio.payload(), position);
                if (bio.has(BioFlags.PROMPT)) {
                    io.hasten(position, bio.bytes());
                }
            }
            case FLUSH -> file.flushGate().flush();
            case DISCARD -> space.discard(position, bio.bytes());
            case WRITE_ZEROES -> {
                if (!space.zero(position, bio.bytes(), bio.has(BioFlags.NOUNMAP))) {
                    if (bio.has(BioFlags.FAST_ONLY)) {
                        return BioStatus.UNSUPPORTED;
                    }
                    fillWithZeroes(position, bio.bytes());
                }
            }
        }
        if (mustBeDurable) {
            file.flushGate().flush();
        }
        return BioStatus.OK;
    }

    private void fillWithZeroes(long position, long length) throws IOException {
        for (long done = 0; done < length; done += ZEROES.capacity()) {
            int piece = (int) Math.min(ZEROES.capacity(), length - done);
            io.transfer(true, ZEROES.slice(0, piece), position + done);
        }
    }

    @Override
    public void extents(long sector, long sectors, ExtentVisitor visitor) throws IOException {
        space.extents(sector, sectors, visitor);
    }

    @Override
    public void close() throws IOException {
        closed = true;
        file.close();
    }
}
