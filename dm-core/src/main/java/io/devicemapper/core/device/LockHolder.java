package io.devicemapper.core.device;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringJoiner;

/**
 * Finds out which process has a file locked. The kernel names no process for a lock by open file description, but on Linux each
 * process shows the locks of its descriptors in {@code /proc/PID/fdinfo}.
 */
final class LockHolder {
    private LockHolder() {}

    /** Who holds the file, for the end of a sentence; {@code another process} where that cannot be told. O(open files): slow. */
    static String describe(Path file) {
        StringJoiner holders = new StringJoiner(", ").setEmptyValue("another process");
        String own = Long.toString(ProcessHandle.current().pid());
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            Path realFile = file.toRealPath();
            for (Path process : processes) {
                String pid = process.getFileName().toString();
                if (!pid.equals(own) && locks(process, realFile)) {
                    holders.add("process " + pid + " (" + command(process) + ")");
                }
            }
        } catch (IOException e) {
            return "another process"; // no /proc here: the rest of the message stands without it
        }
        return holders.toString();
    }

    private static boolean locks(Path process, Path file) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                if (isLockOn(process, descriptor, file)) {
                    return true;
                }
            }
        } catch (IOException e) {
            return false; // ended meanwhile, or somebody else's
        }
        return false;
    }

    private static boolean isLockOn(Path process, Path descriptor, Path file) {
        try {
            if (!Files.readSymbolicLink(descriptor).equals(file)) {
                return false;
            }
            Path info = process.resolve("fdinfo").resolve(descriptor.getFileName());
            return Files.readString(info, StandardCharsets.ISO_8859_1).contains("\nlock:");
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }

    private static String command(Path process) {
        try {
            return Files.readString(process.resolve("comm"), StandardCharsets.ISO_8859_1)
                    .strip();
        } catch (IOException e) {
            return "unknown command";
        }
    }
}
