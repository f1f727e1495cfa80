package io.devicemapper.cli;

/** The entry point of {@code dm}. */
public final class Dm {
    private Dm() {}

    public static void main(String[] args) {
        System.err.println("dm: no sub-command is implemented yet");
        System.exit(1);
    }
}
