package io.devicemapper.benchmarks.xts;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * What the command line asks for.
 *
 * @param rounds how often each figure is measured
 * @param engines names of implementations
 * @param bytes lengths of the data
 * @param unitBytes lengths of a data unit
 * @param buffers {@code heap} or {@code direct}
 */
record XtsOptions(int rounds, List<String> engines, List<Integer> bytes, List<Integer> unitBytes, String buffers) {
    static final String HELP = """
            usage: crypt [OPTION VALUE]...

            Measures AES-256-XTS on each engine, on one processor, beside openssl speed in the same rounds.

              --rounds N        how often each figure is measured (3)
              --engines A,B     which implementations (all that work on this JVM)
              --bytes N,N       lengths of the data (512,4096,65536,1048576)
              --units N,N       lengths of a data unit (512,4096)
              --buffers KIND    heap or direct (heap)

            CRYPT_CPU, a variable of the environment, names the processor (1).
            """;

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException in one line, if it makes no sense
     */
    static XtsOptions parse(String[] args) {
        int rounds = 3;
        List<String> engines = XtsSubject.available();
        List<Integer> bytes = List.of(512, 4096, 65536, 1 << 20);
        List<Integer> unitBytes = List.of(512, 4096);
        String buffers = "heap";
        Iterator<String> words = Arrays.asList(args).iterator();
        while (words.hasNext()) {
            String option = words.next();
            switch (option) {
                case "--rounds" -> rounds = numbers(option, words).get(0);
                case "--engines" -> engines = known(engines, list(option, words));
                case "--bytes" -> bytes = numbers(option, words);
                case "--units" -> unitBytes = numbers(option, words);
                case "--buffers" ->
                    buffers = known(List.of("heap", "direct"), list(option, words))
                            .get(0);
                default -> throw new IllegalArgumentException("unknown option " + option + "; --help shows all");
            }
        }
        return new XtsOptions(rounds, engines, bytes, unitBytes, buffers);
    }

    private static List<String> list(String option, Iterator<String> words) {
        if (!words.hasNext()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return List.of(words.next().split(",", -1));
    }

    private static List<String> known(List<String> all, List<String> some) {
        for (String name : some) {
            if (!all.contains(name)) {
                throw new IllegalArgumentException(name + ": expected one of " + String.join(", ", all));
            }
        }
        return some;
    }

    private static List<Integer> numbers(String option, Iterator<String> words) {
        List<String> list = list(option, words);
        try {
            List<Integer> numbers = list.stream().map(Integer::valueOf).toList();
            if (numbers.stream().allMatch(number -> number > 0)) {
                return numbers;
            }
        } catch (NumberFormatException e) {
            // reported below, like a number out of range
        }
        throw new IllegalArgumentException(option + ": expected positive numbers, found " + String.join(",", list));
    }
}
