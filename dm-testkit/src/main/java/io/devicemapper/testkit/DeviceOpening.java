package io.devicemapper.testkit;

import io.devicemapper.block.BlockDevice;
import java.util.ArrayList;
import java.util.List;

/** A device under test that was opened once, and what goes with it. */
final class DeviceOpening {
    private final BlockDevice device;
    private final AssertingDevice checked;
    private final DeviceRequest request;
    private boolean closed;

    DeviceOpening(BlockDevice device, DeviceRequest request) {
        this.device = device;
        this.checked = new AssertingDevice(device);
        this.request = request;
    }

    /** As the author made it. */
    BlockDevice device() {
        return device;
    }

    /** The same one, the contract with it checked. */
    AssertingDevice checked() {
        return checked;
    }

    /** Closes the device, twice, and what it needed; as often as one likes. Returns what went wrong. */
    List<Exception> close() {
        List<Exception> failures = new ArrayList<>();
        if (closed) {
            return failures;
        }
        closed = true;
        run(device::close, failures);
        run(device::close, failures); // close is idempotent
        request.closedAfter().forEach(resource -> run(resource::close, failures));
        return failures;
    }

    private interface Closing {
        void run() throws Exception;
    }

    private static void run(Closing closing, List<Exception> failures) {
        try {
            closing.run();
        } catch (Exception e) { // told by the rig, when the rest is closed too
            failures.add(e);
        }
    }
}
