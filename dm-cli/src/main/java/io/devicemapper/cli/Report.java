package io.devicemapper.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * Prints rows in columns as dmsetup's {@code -c} does.
 *
 * @param <T> what a row is about
 */
final class Report<T> {
    /**
     * A column.
     *
     * @param id the field's name in {@code -o} and {@code -O}
     * @param group the {@code …_all} that it belongs to
     * @param heading what stands above it
     * @param width the least number of characters
     * @param number whether it is aligned to the right and sorted by value
     */
    record Field<T>(String id, String group, String heading, int width, boolean number, Function<T, String> value) {
        static <T> Field<T> text(String id, String group, String heading, int width, Function<T, String> value) {
            return new Field<>(id, group, heading, width, false, value);
        }

        static <T> Field<T> number(String id, String group, String heading, int width, Function<T, Number> value) {
            return new Field<>(
                    id, group, heading, width, true, row -> value.apply(row).toString());
        }

        private Comparator<T> order() {
            return number
                    ? Comparator.comparingLong(row -> Long.parseLong(value.apply(row)))
                    : Comparator.comparing(value);
        }
    }

    private final String command;
    private final Map<String, Field<T>> fields = new LinkedHashMap<>();
    private final String defaultFields;

    /**
     * A kind of report.
     *
     * @param command the sub-command, for messages
     * @param fields all that can be shown
     * @param defaultFields the names of those that are shown if nothing is asked for, separated by commas
     */
    Report(String command, List<Field<T>> fields, String defaultFields) {
        this.command = command;
        fields.forEach(field -> this.fields.put(field.id(), field));
        this.defaultFields = defaultFields;
    }

    /**
     * Prints.
     *
     * @param line says which fields ({@code -o}), in which order ({@code -O}) and in which form
     * @throws CliException if a field is unknown
     */
    String print(CommandLine line, List<T> rows) throws CliException {
        List<Field<T>> shown = select(line.value(Option.OPTIONS).orElse(""));
        List<T> sorted = new ArrayList<>(rows);
        if (line.has(Option.SORT)) {
            sorted.sort(order(line.value(Option.SORT).orElseThrow()));
        }
        boolean prefixed = line.has(Option.NAMEPREFIXES);
        boolean headings = !line.has(Option.NOHEADINGS) && !prefixed;
        if (headings && !line.has(Option.SEPARATOR)) {
            return aligned(shown, sorted);
        }
        String separator = line.value(Option.SEPARATOR).orElse(":");
        StringBuilder out = new StringBuilder();
        if (headings) {
            out.append(String.join(separator, shown.stream().map(Field::heading).toList()))
                    .append('\n');
        }
        for (T row : sorted) {
            List<String> cells = new ArrayList<>();
            for (Field<T> field : shown) {
                String cell = field.value().apply(row);
                cells.add(prefixed ? "DM_" + field.id().toUpperCase(Locale.ROOT) + "='" + cell + "'" : cell);
            }
            out.append(String.join(separator, cells)).append('\n');
        }
        return out.toString();
    }

    private String aligned(List<Field<T>> shown, List<T> rows) {
        List<String[]> cells = new ArrayList<>();
        cells.add(shown.stream().map(Field::heading).toArray(String[]::new));
        for (T row : rows) {
            cells.add(shown.stream().map(field -> field.value().apply(row)).toArray(String[]::new));
        }
        int[] widths = shown.stream().mapToInt(Field::width).toArray();
        for (String[] row : cells) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder out = new StringBuilder();
        boolean heading = true;
        for (String[] row : cells) {
            for (int i = 0; i < widths.length; i++) {
                out.append(i == 0 ? "" : " ");
                String padding = " ".repeat(widths[i] - row[i].length());
                boolean right = shown.get(i).number() && !heading;
                out.append(right ? padding + row[i] : row[i] + padding);
            }
            out.append('\n');
            heading = false;
        }
        return out.toString();
    }

    private List<Field<T>> select(String asked) throws CliException {
        String names = asked.isEmpty()
                ? defaultFields
                : asked.startsWith("+") ? defaultFields + "," + asked.substring(1) : asked;
        List<Field<T>> selected = new ArrayList<>();
        for (String name : names.split(",", -1)) {
            List<Field<T>> group = fields.values().stream()
                    .filter(field -> name.equals("all") || name.equals(field.group()))
                    .toList();
            if (group.isEmpty()) {
                selected.add(field(name));
            } else {
                selected.addAll(group);
            }
        }
        return selected;
    }

    private Comparator<T> order(String keys) throws CliException {
        Comparator<T> order = null;
        for (String key : keys.split(",", -1)) {
            boolean descending = key.startsWith("-");
            Comparator<T> next = field(descending || key.startsWith("+") ? key.substring(1) : key)
                    .order();
            next = descending ? next.reversed() : next;
            order = order == null ? next : order.thenComparing(next);
        }
        return order;
    }

    private Field<T> field(String name) throws CliException {
        Field<T> field = fields.get(name.strip());
        if (field == null) {
            throw new CliException(
                    command + ": unknown field '" + name + "'; known: " + String.join(", ", fields.keySet()));
        }
        return field;
    }

    /** All fields by group, for {@code help -c}. */
    String help() {
        StringBuilder help = new StringBuilder();
        for (String group :
                fields.values().stream().map(Field::group).distinct().toList()) {
            help.append(group).append('\n');
            for (Field<T> field : fields.values()) {
                if (field.group().equals(group)) {
                    help.append(String.format(Locale.ROOT, "  %-18s %s%n", field.id(), field.heading()));
                }
            }
        }
        return help.toString();
    }
}
