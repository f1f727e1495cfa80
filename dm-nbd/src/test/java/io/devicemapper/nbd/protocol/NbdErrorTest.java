package io.devicemapper.nbd.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NbdErrorTest {
    @ParameterizedTest
    @EnumSource(BioStatus.class)
    void onlySuccessIsSuccess(BioStatus status) {
        assertEquals(status.isOk(), NbdError.of(status, false) == NbdError.OK);
        assertEquals(status.isOk(), NbdError.toStatus(NbdError.of(status, true)).isOk());
    }

    @Test
    void enotsupIsForFastZeroAlone() {
        assertEquals(NbdError.ENOTSUP, NbdError.of(BioStatus.UNSUPPORTED, true));
        assertEquals(NbdError.EINVAL, NbdError.of(BioStatus.UNSUPPORTED, false));
    }

    @ParameterizedTest
    @ValueSource(ints = {NbdError.EPERM, NbdError.EIO, NbdError.EINVAL, NbdError.ENOSPC, NbdError.ENOTSUP, 4711, -1})
    void anAnsweredErrorIsNoBrokenPath(int error) {
        assertNotEquals(BioStatus.TRANSPORT, NbdError.toStatus(error));
        assertNotEquals(BioStatus.OK, NbdError.toStatus(error));
    }

    @ParameterizedTest
    @EnumSource(ExtentType.class)
    void extentsSurviveTheWire(ExtentType type) {
        assertEquals(type, AllocationFlags.toExtentType(AllocationFlags.of(type)));
    }

    @Test
    void aHoleOfUnknownContentIsData() {
        assertEquals(ExtentType.DATA, AllocationFlags.toExtentType(AllocationFlags.HOLE));
    }
}
