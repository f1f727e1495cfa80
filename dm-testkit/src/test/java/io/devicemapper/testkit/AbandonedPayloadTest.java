package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What a device below says about a payload reaches the submitter through every device of the kit. */
class AbandonedPayloadTest {
    /** Gives every payload up, and then writes to it. */
    private static final class Abandoning extends PlainDevice {
        Abandoning() {
            super("abandoning", new DeviceModel(8), QueueLimits.DEFAULT);
        }

        @Override
        protected void process(Bio bio) {
            bio.payload().put(bio.payload().position(), (byte) 7);
            bio.abandonPayload();
            bio.endIo(BioStatus.IO);
        }
    }

    private static void passedOn(UnaryOperator<BlockDevice> wrapper) throws Exception {
        BlockDevice device = wrapper.apply(new Abandoning());
        CompletableFuture<BioStatus> ended = new CompletableFuture<>();
        Bio bio = Bio.write(0, BioFlags.NONE, ByteBuffer.allocate(512), (b, status) -> ended.complete(status));
        device.submit(bio);
        assertEquals(BioStatus.IO, ended.get(30, TimeUnit.SECONDS));
        assertTrue(bio.payloadAbandoned(), () -> device.getClass() + " has not passed it on");
        if (device instanceof AssertingDevice asserting) {
            asserting.check(); // whoever has the payload may change it now
        }
    }

    @Test
    void everyWrapperPassesItOn() throws Exception {
        passedOn(RecordingDevice::new);
        passedOn(FaultDevice::new);
        passedOn(AssertingDevice::new);
        passedOn(lower -> new LimitsDevice(lower, QueueLimits.DEFAULT));
        passedOn(lower -> new LateDevice(lower, 1));
    }
}
