package io.devicemapper.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A record of a {@link GoldenFile}: named values, and if it is a transcript the steps that were taken.
 *
 * @param id its ID, unique in the file
 * @param fields its lines in order, without the one that has the ID
 */
public record GoldenRecord(String id, List<GoldenField> fields) {
    private static final Set<String> STEPS = Set.of("cmd", "io", "note");

    /** Copies the list. */
    public GoldenRecord {
        fields = List.copyOf(fields);
    }

    /** The values of all fields of that name, in order. */
    public List<String> values(String name) {
        return GoldenStep.values(fields, name);
    }

    /**
     * The value of the field of that name.
     *
     * @throws IllegalArgumentException unless there is exactly one
     */
    public String value(String name) {
        return GoldenStep.value("record '" + id + "'", fields, name);
    }

    /**
     * What was done and what came of it: a step begins with a {@code cmd}, {@code io} or {@code note}, and has all that follows up to
     * the next one. What stands before the first step belongs to none.
     */
    public List<GoldenStep> steps() {
        List<GoldenStep> steps = new ArrayList<>();
        int start = -1;
        for (int i = 0; i <= fields.size(); i++) {
            if (i == fields.size() || STEPS.contains(fields.get(i).name())) {
                if (start >= 0) {
                    steps.add(new GoldenStep(fields.get(start), fields.subList(start + 1, i)));
                }
                start = i;
            }
        }
        return steps;
    }

    /** The ID, so that a parameterized test is named after its record. */
    @Override
    public String toString() {
        return id;
    }
}
