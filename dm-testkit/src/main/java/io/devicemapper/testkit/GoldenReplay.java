package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.core.DmException;
import java.io.IOException;
import java.util.List;

/**
 * Does again what a transcript says was done to a kernel, and compares what comes of it: tables, status lines, device states, dependencies,
 * results of requests, and the content of every sector below. Throws an {@link AssertionError} that names record and step.
 *
 * <p>What is the machine's own (read-ahead, kernel messages) is not compared, and of a refused command only that it is refused.
 */
public final class GoldenReplay {
    private final GoldenRecord record;
    private final GoldenCommands commands;
    private final GoldenRequests requests;

    private GoldenReplay(GoldenBed bed, GoldenRecord record) {
        this.record = record;
        this.commands = new GoldenCommands(bed);
        this.requests = new GoldenRequests(bed);
    }

    /**
     * Replays a record.
     *
     * @param bed with the devices of the record's file
     * @param record a transcript
     * @throws IOException if a device failed where the record knows of no failure
     */
    public static void run(GoldenBed bed, GoldenRecord record) throws IOException {
        new GoldenReplay(bed, record).run();
    }

    private void run() throws IOException {
        for (GoldenStep step : record.steps()) {
            String where = record + ": " + step;
            if (step.isCommand()) {
                command(where, step);
                requests.checkResults(where, step);
            } else if (step.isIo()) {
                request(where, step);
            } else if (step.text().equals("the blocked write has now finished")) {
                requests.checkUnblocked();
            }
        }
    }

    private void request(String where, GoldenStep step) {
        try {
            requests.request(where, step);
        } catch (DmException e) {
            throw new AssertionError(where + ": " + e.getMessage(), e);
        }
    }

    private void command(String where, GoldenStep step) {
        try {
            List<String> expected = commands.normalised(step);
            List<String> found = commands.run(step);
            assertEquals(0, step.exitCode(), where + ": a kernel refused");
            assertEquals(String.join("\n", expected), String.join("\n", found), where);
        } catch (DmException e) {
            if (step.exitCode() == 0) {
                throw new AssertionError(where + ": a kernel did it: " + e.getMessage(), e);
            }
        }
    }
}
