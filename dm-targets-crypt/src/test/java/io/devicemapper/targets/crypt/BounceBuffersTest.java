package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Writes go through buffers that are lent again, but for one that somebody below may still be using. */
class BounceBuffersTest {
    private static final int SMALL = 4096;

    @Test
    void aBufferIsLentAgain() {
        BounceBuffers buffers = new BounceBuffers();
        BounceBuffer first = buffers.borrow(SMALL);
        buffers.giveBack(first);
        assertSame(first, buffers.borrow(512));
        assertEquals(
                BounceBuffers.MAX_BYTES,
                buffers.borrow(BounceBuffers.MAX_BYTES)
                        .payload(BounceBuffers.MAX_BYTES)
                        .remaining());
    }

    @Test
    void whoNeedsMoreThanThereAreGetsOneOfItsOwn() {
        BounceBuffers buffers = new BounceBuffers();
        Set<ByteBuffer> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
        List<BounceBuffer> lent = new ArrayList<>();
        while (lent.isEmpty() || lent.get(lent.size() - 1).pooled()) {
            lent.add(buffers.borrow(SMALL));
            assertTrue(distinct.add(lent.get(lent.size() - 1).bytes()));
        }
        BounceBuffer extra = lent.get(lent.size() - 1);
        assertFalse(extra.bytes().isDirect());
        lent.forEach(buffers::giveBack);
        for (int i = 0; i < lent.size() - 1; i++) {
            assertTrue(distinct.remove(buffers.borrow(SMALL).bytes()), "each is lent once");
        }
        assertEquals(Set.of(extra.bytes()), distinct);
    }

    @Test
    void whereDirectMemoryIsOverTheHeapServes() {
        BounceBuffers buffers = new BounceBuffers(bytes -> {
            throw new OutOfMemoryError("Cannot reserve " + bytes + " bytes of direct buffer memory");
        });
        for (int i = 0; i < 1000; i++) {
            BounceBuffer buffer = buffers.borrow(SMALL);
            assertFalse(buffer.bytes().isDirect());
            assertEquals(SMALL, buffer.payload(SMALL).remaining());
            buffers.giveBack(buffer);
        }
    }

    @Test
    void anAbandonedBufferIsNeverLentAgain() throws Exception {
        Abandoning below = new Abandoning();
        String key = "5a".repeat(32);
        try (DeviceMapper mapper = DeviceMapper.builder().device("below", below).build()) {
            MappedDevice device = mapper.create("c", "0 1024 crypt aes-cbc-plain64 " + key + " 0 below 0");
            assertEquals(BioStatus.OK, write(device));
            ByteBuffer first = below.payloads.get(0);
            below.abandons = true;
            assertEquals(BioStatus.IO, write(device));
            assertSame(first, below.payloads.get(1), "lent again after a write that ended well");
            below.abandons = false;
            for (int i = 0; i < 1000; i++) {
                assertEquals(BioStatus.OK, write(device));
            }
            Set<ByteBuffer> later = Collections.newSetFromMap(new IdentityHashMap<>());
            later.addAll(below.payloads.subList(2, below.payloads.size()));
            assertFalse(later.contains(first));
        }
    }

    @Test
    void aCipherThatThrowsCostsNoBuffer() throws Exception {
        AtomicInteger made = new AtomicInteger();
        BounceBuffers buffers = new BounceBuffers(bytes -> {
            made.incrementAndGet();
            return ByteBuffer.allocateDirect(bytes);
        });
        CipherSpec spec = CipherSpec.parse("aes-xts-plain64", false);
        CryptOptions options = new CryptOptions(Set.of(), 512, null);
        CryptKey key = new CryptKey(CryptDesign.of(spec, 32, options.numbering()), List.of());
        try (KeyArgument digits = KeyArgument.next(TargetArgs.of("5a".repeat(32)))) {
            key.set(digits);
        }
        CryptMapping mapping = new CryptMapping(spec, options, key, 0, null, 0, buffers);
        for (int i = 0; i < 10; i++) {
            ByteBuffer payload = ByteBuffer.allocate(SMALL);
            TargetBio write = new NeverMapped(payload);
            payload.limit(512); // so the cipher finds less than the bio says
            assertThrows(IndexOutOfBoundsException.class, () -> mapping.map(write));
        }
        assertEquals(1, made.get(), "it is given back and lent again");
    }

    /** A write that its target fails to map. */
    private static final class NeverMapped extends TargetBio {
        NeverMapped(ByteBuffer payload) {
            super(BioOp.WRITE, BioFlags.NONE, 0, SMALL >> Bio.SECTOR_SHIFT, payload);
        }

        @Override
        public MapResult remap(DmDev dev, long sector) {
            throw new AssertionError("mapped");
        }

        @Override
        public MapResult remap(DmDev dev, long sector, ByteBuffer payload) {
            throw new AssertionError("mapped");
        }

        @Override
        public MapResult remap(DmDev dev, long sector, long sectors) {
            throw new AssertionError("mapped");
        }

        @Override
        public MapResult submitted() {
            throw new AssertionError("mapped");
        }

        @Override
        public MapResult complete(BioStatus status) {
            throw new AssertionError("mapped");
        }

        @Override
        public MapResult requeue() {
            throw new AssertionError("mapped");
        }

        @Override
        public int copyNumber() {
            return 0;
        }

        @Override
        public Object context() {
            return null;
        }

        @Override
        public void context(Object context) {
            throw new AssertionError("mapped");
        }

        @Override
        protected void ended(BioStatus status) {
            throw new AssertionError("ended");
        }
    }

    private static BioStatus write(BlockDevice device) {
        List<BioStatus> ended = new ArrayList<>();
        device.submit(Bio.of(
                BioOp.WRITE, BioFlags.NONE, 0, 8, ByteBuffer.allocate(SMALL), (bio, status) -> ended.add(status)));
        assertEquals(1, ended.size());
        return ended.get(0);
    }

    /** Notes the payloads that come, and on demand gives up a bio whose payload it is still using. */
    private static final class Abandoning extends BlockDevice {
        private final List<ByteBuffer> payloads = new ArrayList<>();
        private boolean abandons;

        @Override
        public String name() {
            return "below";
        }

        @Override
        public long sectors() {
            return 1024;
        }

        @Override
        public QueueLimits limits() {
            return QueueLimits.DEFAULT;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public boolean mayWait() {
            return false;
        }

        @Override
        protected void process(Bio bio) {
            payloads.add(bio.payload());
            if (abandons) {
                bio.abandonPayload();
            }
            bio.endIo(abandons ? BioStatus.IO : BioStatus.OK);
        }
    }
}
