package io.devicemapper.testkit;

/**
 * One line of a {@link GoldenFile}.
 *
 * @param name what stands before the first colon
 * @param value what stands behind the colon and one blank, to the letter; may be empty
 */
public record GoldenField(String name, String value) {
    static GoldenField parse(String line) {
        int colon = line.indexOf(':');
        if (colon < 0) {
            return new GoldenField(line, "");
        }
        return new GoldenField(line.substring(0, colon), line.length() > colon + 1 ? line.substring(colon + 2) : "");
    }

    @Override
    public String toString() {
        return value.isEmpty() ? name + ":" : name + ": " + value;
    }
}
