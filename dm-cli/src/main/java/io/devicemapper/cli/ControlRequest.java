package io.devicemapper.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a client asks the daemon to do. The daemon parses the arguments itself and trusts nothing that a client checked.
 *
 * @param arguments of {@code dm}, without the name of the program
 * @param directory the client's working directory, absolute: where relative paths in a table start from
 * @param utf8 whether the client's terminal shows UTF-8
 * @param input the text that the client read from a file or its standard input, if the command needs one
 */
record ControlRequest(List<String> arguments, Path directory, boolean utf8, Optional<String> input) {
    /** Shows nothing of what was asked: arguments and input may hold keys. */
    @Override
    public String toString() {
        return "ControlRequest";
    }
}
