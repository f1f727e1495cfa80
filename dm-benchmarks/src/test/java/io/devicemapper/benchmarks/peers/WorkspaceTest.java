package io.devicemapper.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkspaceTest {
    @TempDir
    Path parent;

    @BeforeEach
    void needsUtilLinux() {
        assumeTrue(Tool.SETPRIV.isOnPath(), "no setpriv (package util-linux): processes cannot be tied to this one");
    }

    @Test
    void nothingIsLeft() throws Exception {
        Path folder;
        Process process;
        try (Workspace workspace = new Workspace()) {
            folder = workspace.folderIn(parent);
            Files.writeString(folder.resolve("data.img"), "data");
            process = workspace.start("sleeper", List.of("sleep", "600"));
            assertTrue(process.isAlive());
        }
        assertFalse(process.isAlive());
        assertFalse(Files.exists(folder));
    }

    @Test
    void outputOfACommandIsReturned() throws Exception {
        try (Workspace workspace = new Workspace()) {
            assertEquals("one\ntwo\n", workspace.run("echo", 60, List.of("sh", "-c", "echo one; echo two >&2")));
        }
    }

    @Test
    void failureOfACommandIsShown() throws Exception {
        try (Workspace workspace = new Workspace()) {
            PeersException e = assertThrows(
                    PeersException.class, () -> workspace.run("failing", 60, List.of("sh", "-c", "echo why; exit 3")));
            assertTrue(e.getMessage().contains("exit status 3\nwhy"), e.getMessage());
        }
    }

    @Test
    void commandThatDoesNotEndIsEnded() throws Exception {
        try (Workspace workspace = new Workspace()) {
            PeersException e =
                    assertThrows(PeersException.class, () -> workspace.run("sleeper", 1, List.of("sleep", "600")));
            assertTrue(e.getMessage().startsWith("sleeper: still running after 1 s"), e.getMessage());
        }
    }
}
