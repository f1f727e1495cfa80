package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/** Bios submitted and waited for, with an end to the patience. */
final class Bios {
    private Bios() {}

    /** A bio under way. */
    record UnderWay(Bio bio, CountDownLatch ended, AtomicReference<BioStatus> status) {
        /**
         * How it ended.
         *
         * @throws AssertionError if it does not end
         */
        BioStatus await() throws InterruptedException {
            Patience.await(ended, bio.toString());
            return status.get();
        }

        boolean hasEnded() {
            return ended.getCount() == 0;
        }
    }

    static UnderWay start(BlockDevice device, BioOp op, int flags, long sector, long sectors, ByteBuffer payload) {
        CountDownLatch ended = new CountDownLatch(1);
        AtomicReference<BioStatus> outcome = new AtomicReference<>();
        Bio bio = Bio.of(op, flags, sector, sectors, payload, (b, status) -> {
            outcome.set(status);
            ended.countDown();
        });
        device.submit(bio);
        return new UnderWay(bio, ended, outcome);
    }

    static BioStatus run(BlockDevice device, BioOp op, int flags, long sector, long sectors, ByteBuffer payload)
            throws InterruptedException {
        return start(device, op, flags, sector, sectors, payload).await();
    }
}
