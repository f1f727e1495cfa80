package io.devicemapper.testkit;

import java.util.List;

/**
 * A step of a {@link GoldenRecord}.
 *
 * @param action what was done: a {@code cmd}, an {@code io} or a {@code note}
 * @param results what followed, in order
 */
public record GoldenStep(GoldenField action, List<GoldenField> results) {
    /** Copies the list. */
    public GoldenStep {
        results = List.copyOf(results);
    }

    /** Whether this step is a command of a shell. */
    public boolean isCommand() {
        return action.name().equals("cmd");
    }

    /** Whether this step is a request to a device. */
    public boolean isIo() {
        return action.name().equals("io");
    }

    /** The command line, the request or the note. */
    public String text() {
        return action.value();
    }

    /** The words of {@link #text}, split at blanks. */
    public List<String> words() {
        return List.of(text().split(" ", -1));
    }

    /** The values of all results of that name, in order. */
    public List<String> values(String name) {
        return values(results, name);
    }

    /**
     * The value of the result of that name.
     *
     * @throws IllegalArgumentException unless there is exactly one
     */
    public String value(String name) {
        return value("step '" + action + "'", results, name);
    }

    /**
     * What was given to a command's standard input, such as the lines of a table.
     *
     * @return the lines joined by line feeds, empty if there are none
     */
    public String standardInput() {
        return String.join("\n", values("stdin"));
    }

    /** The exit code of a command. */
    public int exitCode() {
        return Integer.parseInt(value("rc"));
    }

    static List<String> values(List<GoldenField> fields, String name) {
        return fields.stream()
                .filter(field -> field.name().equals(name))
                .map(GoldenField::value)
                .toList();
    }

    static String value(String where, List<GoldenField> fields, String name) {
        List<String> values = values(fields, name);
        if (values.size() != 1) {
            throw new IllegalArgumentException(where + ": expected one '" + name + "', found " + values.size());
        }
        return values.get(0);
    }

    @Override
    public String toString() {
        return action.toString();
    }
}
