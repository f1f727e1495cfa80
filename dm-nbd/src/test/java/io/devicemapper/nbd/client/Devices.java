package io.devicemapper.nbd.client;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Opens devices as a host does, and turns bios into futures. */
final class Devices {
    private Devices() {}

    private record Context(Path directory, boolean readOnly) implements BlockDeviceProvider.OpenContext {}

    static BlockDeviceProvider.OpenContext context(boolean readOnly) {
        return new Context(Path.of("/").toAbsolutePath(), readOnly);
    }

    static BlockDevice open(String uri) throws IOException {
        return open(uri, false);
    }

    static BlockDevice open(String uri, boolean readOnly) throws IOException {
        return provider(uri).open(uri, context(readOnly));
    }

    static BlockDeviceProvider provider(String uri) {
        String scheme = uri.substring(0, uri.indexOf(':'));
        return ServiceLoader.load(BlockDeviceProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.scheme().equals(scheme))
                .findFirst()
                .orElseThrow();
    }

    /** A bio under way. A second end of it makes the future's user fail. */
    static final class Outcome {
        private final CompletableFuture<BioStatus> future = new CompletableFuture<>();
        private volatile boolean endedTwice;

        void ended(Bio bio, BioStatus status) {
            if (!future.complete(status)) {
                endedTwice = true;
            }
        }

        boolean isDone() {
            return future.isDone();
        }

        /** As {@link #await}, for threads that a test interrupts; the interrupt stays pending. */
        BioStatus awaitAcrossInterrupts() {
            Await.until("a bio to end", future::isDone);
            return await();
        }

        BioStatus await() {
            if (future.isDone()) {
                return status(future.join());
            }
            try {
                return status(future.get(20, TimeUnit.SECONDS));
            } catch (InterruptedException | ExecutionException | TimeoutException e) {
                throw new AssertionError("a bio did not end", e);
            }
        }

        private BioStatus status(BioStatus status) {
            if (endedTwice) {
                throw new AssertionError("a bio ended twice");
            }
            return status;
        }
    }

    static Outcome submit(BlockDevice device, BioOp op, int flags, long sector, long sectors) {
        Outcome outcome = new Outcome();
        device.submit(Bio.of(op, flags, sector, sectors, null, outcome::ended));
        return outcome;
    }

    static Outcome read(BlockDevice device, int flags, long sector, ByteBuffer payload) {
        Outcome outcome = new Outcome();
        device.submit(Bio.of(BioOp.READ, flags, sector, payload.remaining() / 512, payload, outcome::ended));
        return outcome;
    }

    static Outcome write(BlockDevice device, int flags, long sector, ByteBuffer payload) {
        Outcome outcome = new Outcome();
        device.submit(Bio.write(sector, flags, payload, outcome::ended));
        return outcome;
    }

    static Outcome flush(BlockDevice device) {
        Outcome outcome = new Outcome();
        device.submit(Bio.flush(outcome::ended));
        return outcome;
    }

    /** A buffer of whole sectors, each of which begins with {@code stamp} and its own number. */
    static ByteBuffer stamped(long sector, int sectors, long stamp, boolean direct) {
        ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(sectors * 512) : ByteBuffer.allocate(sectors * 512);
        for (int i = 0; i < sectors; i++) {
            for (int at = 0; at < 512; at += 16) {
                buffer.putLong(i * 512 + at, stamp);
                buffer.putLong(i * 512 + at + 8, sector + i);
            }
        }
        return buffer;
    }
}
