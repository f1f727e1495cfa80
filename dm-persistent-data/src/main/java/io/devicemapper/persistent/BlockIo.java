package io.devicemapper.persistent;

import static io.devicemapper.persistent.BlockType.BLOCK_BYTES;
import static io.devicemapper.persistent.BlockType.BLOCK_SECTORS;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Reads and writes whole metadata blocks. Reads are safe from many threads at once, writes of lists from one at a time. */
final class BlockIo {
    /** The largest piece that is read or written with one bio. */
    static final int MAX_PIECE_BLOCKS = 256;

    private final BlockDevice device;

    /** What pieces are gathered in; aligned, for devices that have to copy what is not. */
    private ByteBuffer gathered;

    BlockIo(BlockDevice device) {
        this.device = device;
    }

    String name() {
        return device.name();
    }

    /** How many whole blocks the device has. */
    long deviceBlocks() {
        return device.sectors() / BLOCK_SECTORS;
    }

    /** See {@link BlockDevice#mayWait}. */
    boolean mayWait() {
        return device.mayWait();
    }

    boolean isReadOnly() {
        return device.isReadOnly();
    }

    /** Reads a block as it is on the device. */
    byte[] readRaw(long number, String what) throws MetadataException {
        byte[] bytes = new byte[BLOCK_BYTES];
        try {
            device.read(number * BLOCK_SECTORS, ByteBuffer.wrap(bytes));
        } catch (BlockIoException e) {
            throw failure("block " + number + " (" + what + ") could not be read", e);
        }
        return bytes;
    }

    /** Reads neighbours as they are on the device; none if that fails. At most {@link #MAX_PIECE_BLOCKS}. */
    byte[][] readPiece(long first, int blocks) {
        byte[] piece = new byte[blocks * BLOCK_BYTES];
        try {
            device.read(first * BLOCK_SECTORS, ByteBuffer.wrap(piece));
        } catch (BlockIoException e) {
            return new byte[0][]; // read one by one, the one that fails is named
        }
        byte[][] each = new byte[blocks][];
        for (int i = 0; i < blocks; i++) {
            each[i] = Arrays.copyOfRange(piece, i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES);
        }
        return each;
    }

    /** Reads a block, and refuses it if its checksum, number or content is wrong. */
    byte[] read(long number, BlockType type, BlockCheck check) throws MetadataException {
        byte[] bytes = readRaw(number, type.description());
        type.verify(name(), bytes, number);
        String fault = check.fault(bytes);
        if (fault != null) {
            throw type.corrupt(name(), number, fault);
        }
        return bytes;
    }

    /** Writes one block as it is. */
    void write(long number, byte[] bytes, String what) throws MetadataException {
        try {
            device.write(number * BLOCK_SECTORS, ByteBuffer.wrap(bytes));
        } catch (BlockIoException e) {
            throw failure("block " + number + " (" + what + ") could not be written", e);
        }
    }

    /** Stamps blocks and writes them, neighbours together. */
    void write(List<Block> blocks) throws MetadataException {
        blocks.sort((a, b) -> Long.compare(a.number, b.number));
        if (gathered == null) {
            gathered = ByteBuffer.allocateDirect((MAX_PIECE_BLOCKS + 1) * BLOCK_BYTES)
                    .alignedSlice(BLOCK_BYTES);
        }
        int from = 0;
        while (from < blocks.size()) {
            int to = from + 1;
            while (to < blocks.size()
                    && to - from < MAX_PIECE_BLOCKS
                    && blocks.get(to).number == blocks.get(to - 1).number + 1) {
                to++;
            }
            writePiece(blocks.subList(from, to));
            from = to;
        }
    }

    private void writePiece(List<Block> piece) throws MetadataException {
        gathered.clear();
        for (Block block : piece) {
            byte[] bytes = block.bytes();
            block.type.stamp(bytes, block.number);
            gathered.put(bytes);
        }
        gathered.flip();
        try {
            device.write(piece.get(0).number * BLOCK_SECTORS, BioFlags.PROMPT, gathered);
        } catch (BlockIoException e) {
            if (e.bufferAbandoned()) {
                gathered = null;
            }
            throw failure(
                    "blocks " + piece.get(0).number + " to " + piece.get(piece.size() - 1).number
                            + " could not be written",
                    e);
        }
    }

    void flush() throws MetadataException {
        try {
            device.flush();
        } catch (BlockIoException e) {
            throw failure("flush of the metadata failed", e);
        }
    }

    private MetadataException failure(String what, BlockIoException cause) {
        return new MetadataException(
                MetadataException.Reason.IO,
                name() + ": " + what + ": " + cause.status().text(),
                cause);
    }
}
