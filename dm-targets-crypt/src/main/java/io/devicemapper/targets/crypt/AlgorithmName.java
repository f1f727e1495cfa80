package io.devicemapper.targets.crypt;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The name of an algorithm as the kernel's crypto API writes it: a template with what it is made of, such as
 * {@code essiv(cbc(aes),sha256)}, or a plain name.
 *
 * @param name of the template or algorithm
 * @param arguments in brackets, perhaps none
 * @see <a href="https://docs.kernel.org/crypto/architecture.html">Linux: kernel crypto API architecture</a>
 */
record AlgorithmName(String name, List<AlgorithmName> arguments) {
    /** One less than the kernel's CRYPTO_MAX_ALG_NAME. It also bounds how deep brackets nest. */
    private static final int MAX_LENGTH = 127;

    AlgorithmName {
        arguments = List.copyOf(arguments);
    }

    static AlgorithmName of(String name, AlgorithmName... arguments) {
        return new AlgorithmName(name, List.of(arguments));
    }

    /** Reads a name; empty if its brackets or commas do not fit, or it is longer than the kernel's may be. */
    static Optional<AlgorithmName> parse(String text) {
        if (text.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        Parser parser = new Parser(text);
        AlgorithmName name = parser.name();
        return name == null || parser.at != text.length() ? Optional.empty() : Optional.of(name);
    }

    /** Whether it is this template with so many arguments. */
    boolean is(String template, int count) {
        return name.equals(template) && arguments.size() == count;
    }

    @Override
    public String toString() {
        return arguments.isEmpty()
                ? name
                : name + arguments.stream().map(AlgorithmName::toString).collect(Collectors.joining(",", "(", ")"));
    }

    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        /** The name that begins here, or null if there is none. */
        AlgorithmName name() {
            int start = at;
            while (at < text.length() && "(),".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String name = text.substring(start, at);
            if (name.isEmpty()) {
                return null;
            }
            List<AlgorithmName> arguments = new ArrayList<>();
            if (at < text.length() && text.charAt(at) == '(') {
                do {
                    at++;
                    AlgorithmName argument = name();
                    if (argument == null) {
                        return null;
                    }
                    arguments.add(argument);
                } while (at < text.length() && text.charAt(at) == ',');
                if (at == text.length() || text.charAt(at++) != ')') {
                    return null;
                }
            }
            return new AlgorithmName(name, arguments);
        }
    }
}
