package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

class PeerToolTest {
    @TempDir
    Path folder;

    @Test
    void aProgramRunsInTheFolderAndWhatItWroteIsTold() throws Exception {
        Files.writeString(folder.resolve("here"), "");
        assertTrue(PeerTool.run(folder, "sh", "-c", "ls; echo error >&2").matches("(?s).*here.*error\n"));
    }

    @Test
    void aProgramThatFailsFailsTheTestUnlessItMay() throws Exception {
        assertEquals(3, PeerTool.tryRun(folder, "sh", "-c", "exit 3").status());
        AssertionFailedError failure =
                assertThrows(AssertionFailedError.class, () -> PeerTool.run(folder, "sh", "-c", "echo why; exit 3"));
        assertTrue(failure.getMessage().contains("why"), failure.getMessage());
    }

    @Test
    void aTestThatNeedsAProgramWhichIsMissingIsSkipped() {
        TestAbortedException skipped =
                assertThrows(TestAbortedException.class, () -> PeerTool.run(folder, "no-such-program"));
        assertTrue(skipped.getMessage().contains("no-such-program is not installed"), skipped.getMessage());
    }
}
