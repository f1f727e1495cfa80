package io.devicemapper.target;

/**
 * How words are written in a table line: separated by white space, a backslash takes the next character as it is.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/dmsetup.8.html">dmsetup(8), TABLE FORMAT</a>
 */
public final class TableText {
    private TableText() {}

    /** The word with a backslash before each blank and backslash, so that {@link TargetArgs} reads it back as one word. */
    public static String escape(String word) {
        StringBuilder escaped = new StringBuilder(word.length());
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c == '\\' || Character.isWhitespace(c)) {
                escaped.append('\\');
            }
            escaped.append(c);
        }
        return escaped.toString();
    }
}
