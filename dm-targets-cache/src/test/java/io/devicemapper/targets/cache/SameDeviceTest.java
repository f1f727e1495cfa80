package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.testkit.ModelDevice;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device in two places of a table line would be overwritten by the cache itself. */
class SameDeviceTest {
    private static final long SECTORS = 1024;

    @ParameterizedTest
    @ValueSource(strings = {"one one two", "one two one", "two one one"})
    void isRefusedBeforeAnythingIsWritten(String devices) throws Exception {
        ModelDevice one = ModelDevice.create("one", SECTORS);
        ModelDevice two = ModelDevice.create("two", SECTORS);
        try (DeviceMapper deviceMapper =
                DeviceMapper.builder().device("one", one).device("two", two).build()) {
            DmException refusal = assertThrows(
                    DmException.class,
                    () -> deviceMapper.create("ca", "0 1024 cache " + devices + " 64 1 writethrough lru 0"));
            assertTrue(refusal.getMessage().contains("another device than one, which is the "), refusal.getMessage());
        }
        for (ModelDevice device : new ModelDevice[] {one, two}) {
            ByteBuffer content = ByteBuffer.allocate((int) SECTORS * 512);
            device.model().read(0, content);
            assertEquals(-1, content.mismatch(ByteBuffer.allocate((int) SECTORS * 512)), "written to");
        }
    }
}
