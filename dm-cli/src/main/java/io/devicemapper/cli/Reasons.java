package io.devicemapper.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Says in words what an exception of the JDK says by its class alone. */
final class Reasons {
    private Reasons() {}

    /** What went wrong, with the file that it went wrong with. */
    static String of(IOException e) {
        return e instanceof FileSystemException failure && failure.getFile() != null
                ? failure.getFile() + ": " + withoutFile(e)
                : withoutFile(e);
    }

    /** What went wrong, for a message that names the file already. */
    static String withoutFile(IOException e) {
        if (e instanceof FileSystemException failure) {
            return reason(failure);
        }
        return e.getMessage() != null ? e.getMessage() : e.toString();
    }

    private static String reason(FileSystemException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file or folder";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "exists already";
        }
        if (e instanceof NotDirectoryException) {
            return "is no folder";
        }
        return e.getReason() != null ? e.getReason() : e.toString();
    }
}
