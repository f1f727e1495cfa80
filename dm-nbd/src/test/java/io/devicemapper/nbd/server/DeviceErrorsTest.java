package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.CommandFlags;
import io.devicemapper.nbd.protocol.NbdError;
import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is answered where the device fails, throws, or changes its size. */
class DeviceErrorsTest extends CommandBed {
    /** Of devices that throw; kept here, since a logger that nobody refers to forgets its level. */
    private final Logger deviceLog = Logger.getLogger(BlockDevice.class.getName());

    @AfterEach
    void logAgain() {
        deviceLog.setLevel(null);
    }

    @ParameterizedTest
    @CsvSource({
        "IO, EIO",
        "UNSUPPORTED, EINVAL",
        "NO_SPACE, ENOSPC",
        "MEDIUM, EIO",
        "PROTECTION, EIO",
        "TRANSPORT, EIO",
        "TIMEOUT, EIO",
        "TARGET, EIO",
        "NOT_PERMITTED, EPERM"
    })
    void errorsOfTheDeviceAreTold(BioStatus status, String error) throws IOException {
        disk.before = bio -> bio.endIo(status);
        connect(true, false);
        client.write(0, 1, 0, pattern(512));
        assertEquals(error, NbdError.name(client.error(1)));
        client.write(0, 2, 1, pattern(512));
        assertEquals(error, NbdError.name(client.error(2)));
        client.request(Command.READ, 0, 3, 0, 512);
        assertEquals(error, NbdError.name(answeredError(Command.READ, 3)));
        client.request(Command.READ, 0, 4, 0, 1 << 17);
        assertEquals(error, NbdError.name(answeredError(Command.READ, 4)));
        client.request(Command.FLUSH, 0, 5, 0, 0);
        assertEquals(error, NbdError.name(client.error(5)));
        client.request(Command.WRITE_ZEROES, CommandFlags.FAST_ZERO, 6, 0, 512);
        assertEquals(status == BioStatus.UNSUPPORTED ? "ENOTSUP" : error, NbdError.name(client.error(6)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDeviceThatThrowsFailsThatRequestAlone(boolean mayWait) throws IOException {
        deviceLog.setLevel(Level.OFF);
        disk.before = bio -> {
            if (bio.sector() == 2) {
                throw new IllegalStateException("a target's mistake");
            }
        };
        connect(false, mayWait);
        for (int i = 0; i < 20; i++) {
            client.request(Command.READ, 0, 1, 1024, 512);
            assertEquals(NbdError.EIO, client.error(1));
            client.write(0, 2, 1024, pattern(512));
            assertEquals(NbdError.EIO, client.error(2));
            client.write(0, 3, 1025, pattern(10));
            assertEquals(NbdError.EIO, client.error(3));
            assertArrayEquals(disk(0, 512), client.read(0, 512));
        }
    }

    /** The client keeps the size that it was told. */
    @Test
    void aDeviceThatShrinksOrGrows() throws IOException {
        connect(true, false);
        disk.sectors = 1024;
        client.request(Command.READ, 0, 1, SIZE - 512, 512);
        assertEquals(NbdError.EIO, answeredError(Command.READ, 1));
        client.write(0, 2, 1024 * 512 - 512, pattern(1024));
        assertEquals(NbdError.EIO, client.error(2));
        client.request(Command.BLOCK_STATUS, 0, 3, 0, SIZE);
        assertEquals(NbdError.EIO, answeredError(Command.BLOCK_STATUS, 3));
        disk.sectors = 4 * SIZE / Bio.SECTOR_SIZE;
        client.request(Command.READ, 0, 4, SIZE, 512);
        assertEquals(NbdError.EINVAL, answeredError(Command.READ, 4));
        client.request(Command.READ, 0, 5, 0, 512);
        assertEquals(520, client.chunk().payload().remaining());
    }
}
