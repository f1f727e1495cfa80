package io.devicemapper.core.device;

import io.devicemapper.block.BioStatus;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the exceptions of the JDK's file calls mean. Their cause is told in words alone, those of the operating system. */
final class IoErrors {
    private static final List<String> NO_SPACE = texts(
            List.of(ErrnoException.ENOSPC, ErrnoException.EDQUOT),
            "no space left on device",
            "disk quota exceeded",
            "not enough space on the disk");
    private static final List<String> NOT_PERMITTED = texts(
            List.of(ErrnoException.EROFS, ErrnoException.EPERM, ErrnoException.EACCES),
            "read-only file system",
            "operation not permitted",
            "permission denied");

    private IoErrors() {}

    /** The words for these errors: the usual ones, and those of the current locale. */
    private static List<String> texts(List<Integer> errnos, String... usual) {
        List<String> texts = new ArrayList<>(List.of(usual));
        if (NativeFile.AVAILABLE) {
            errnos.forEach(errno -> texts.add(LinuxCalls.strerror(errno).toLowerCase(Locale.ROOT)));
        }
        return List.copyOf(texts);
    }

    static BioStatus status(IOException e) {
        if (e instanceof ErrnoException failed) {
            return switch (failed.errno()) {
                case ErrnoException.ENOSPC, ErrnoException.EDQUOT -> BioStatus.NO_SPACE;
                case ErrnoException.EROFS, ErrnoException.EPERM, ErrnoException.EACCES -> BioStatus.NOT_PERMITTED;
                case ErrnoException.EOPNOTSUPP -> BioStatus.UNSUPPORTED;
                default -> BioStatus.IO;
            };
        }
        String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        if (NO_SPACE.stream().anyMatch(text::contains)) {
            return BioStatus.NO_SPACE;
        }
        return NOT_PERMITTED.stream().anyMatch(text::contains) ? BioStatus.NOT_PERMITTED : BioStatus.IO;
    }

    /** One line that names the file and says why it could not be opened. */
    static IOException cannotOpen(Path file, IOException e) {
        String reason;
        if (e instanceof NoSuchFileException) {
            reason = "no such file";
        } else if (e instanceof AccessDeniedException) {
            reason = "permission denied";
        } else if (e instanceof NotDirectoryException) {
            reason = "a part of the path is not a directory";
        } else if (e instanceof ErrnoException failed) {
            reason = failed.text();
        } else if (e instanceof FileSystemException failed && failed.getReason() != null) {
            reason = failed.getReason().toLowerCase(Locale.ROOT);
        } else {
            reason = String.valueOf(e.getMessage());
        }
        return new IOException(file + ": " + reason, e);
    }
}
