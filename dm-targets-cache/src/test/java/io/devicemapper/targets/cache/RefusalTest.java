package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.testkit.ModelDevice;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a refused table line says: the argument by its place in the line as the user wrote it, what was expected, what was found. */
class RefusalTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "63 1 writethrough smq 0"
                        + "|Invalid data block size (argument 4 <block size>: expected a decimal number from 64 to 2097152, found '63')",
                "96 1 writethrough smq 0"
                        + "|Invalid data block size (argument 4 <block size>: expected a multiple of 64, found '96')",
                "64 9 writethrough smq 0"
                        + "|Invalid number of cache feature arguments (argument 5 <#features>: expected a decimal number from 0 to 3, found '9')",
                "64 1 fast smq 0"
                        + "|Unrecognised cache feature requested (argument 6 <feature>: expected one of metadata2, no_discard_passdown, passthrough, writethrough, found 'fast')",
                "64 1 writethrough smq x"
                        + "|Invalid number of policy arguments (argument 8 <#policy args>: expected a decimal number from 0 to 1024, found 'x')",
                "64 1 writethrough smq 2 migration_threshold 4294967296"
                        + "|Error setting cache policy's config values (bad config value for migration_threshold: 4294967296 (expected a decimal number of sectors from 0 to 4294967295))",
            })
    void namesTheArgument(String words, String reason) throws Exception {
        try (DeviceMapper deviceMapper = DeviceMapper.builder()
                .device("metadata", ModelDevice.create("metadata", 8192))
                .device("fast disk", ModelDevice.create("fast disk", 1024))
                .device("origin", ModelDevice.create("origin", 1024))
                .build()) {
            DmException refusal = assertThrows(
                    DmException.class,
                    () -> deviceMapper.create("ca", "0 1024 cache metadata fast\\ disk origin " + words));
            assertEquals("ca: table line 1: cache: " + reason, refusal.getMessage());
        }
    }
}
