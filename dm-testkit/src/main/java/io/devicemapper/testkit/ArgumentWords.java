package io.devicemapper.testkit;

import java.util.ArrayList;
import java.util.List;

/** The words of a table line as they stand there, with their backslashes. */
final class ArgumentWords {
    private ArgumentWords() {}

    static List<String> split(String args) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < args.length(); i++) {
            char c = args.charAt(i);
            if (c == '\\' && i + 1 < args.length()) {
                word.append(c).append(args.charAt(++i));
            } else if (!Character.isWhitespace(c)) {
                word.append(c);
            } else if (word.length() > 0) {
                words.add(word.toString());
                word.setLength(0);
            }
        }
        if (word.length() > 0) {
            words.add(word.toString());
        }
        return words;
    }
}
