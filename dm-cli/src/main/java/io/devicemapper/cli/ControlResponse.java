package io.devicemapper.cli;

/**
 * What the client is to do after a command.
 *
 * @param exitStatus 0 or 1
 * @param output for standard output
 * @param errors for standard error, whole lines
 */
record ControlResponse(int exitStatus, String output, String errors) {
    static ControlResponse failure(String message) {
        return new ControlResponse(1, "", "dm: " + message + "\n");
    }
}
