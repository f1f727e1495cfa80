package io.devicemapper.benchmarks.peers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** What was measured in a contest: for each cell and participant one measurement a round. */
final class Results {
    private final Contest contest;
    private final Map<Cell, Map<String, List<Measurement>>> byCell = new LinkedHashMap<>();

    Results(Contest contest) {
        this.contest = contest;
        // Rows in the order of the contest, however the rounds are ordered.
        for (Cell cell : contest.cells()) {
            Map<String, List<Measurement>> byLabel = new LinkedHashMap<>();
            contest.servers().forEach(server -> byLabel.put(server.label(), new ArrayList<>()));
            byCell.put(cell, byLabel);
        }
    }

    Contest contest() {
        return contest;
    }

    void add(Cell cell, String label, Measurement measurement) {
        byCell.get(cell).computeIfAbsent(label, l -> new ArrayList<>()).add(measurement);
    }

    /** Who was measured in a cell. */
    List<String> labels(Cell cell) {
        return List.copyOf(byCell.get(cell).keySet());
    }

    String ours() {
        return contest.servers().get(0).label();
    }

    String baseline() {
        return contest.servers().get(1).label();
    }

    Spread spread(Cell cell, String label, ToDoubleFunction<Measurement> figure) {
        return Spread.of(byCell.get(cell).get(label).stream().mapToDouble(figure));
    }

    /** A figure in proportion to nbdkit's of the same round, which had the same neighbours on the machine. */
    Spread ratio(Cell cell, String label, ToDoubleFunction<Measurement> figure) {
        List<Measurement> own = byCell.get(cell).get(label);
        List<Measurement> base = byCell.get(cell).get(baseline());
        return Spread.of(IntStream.range(0, own.size())
                .mapToDouble(round -> figure.applyAsDouble(own.get(round)) / figure.applyAsDouble(base.get(round))));
    }
}
