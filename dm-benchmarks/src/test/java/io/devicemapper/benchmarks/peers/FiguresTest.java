package io.devicemapper.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class FiguresTest {
    @Test
    void medianOfAnOddAndAnEvenNumber() {
        assertEquals(new Spread(3, 1, 9), Spread.of(DoubleStream.of(9, 1, 3)));
        assertEquals(new Spread(4, 1, 9), Spread.of(DoubleStream.of(9, 5, 1, 3)));
    }

    @Test
    void missingFiguresShowAsADash() {
        assertEquals("-", Spread.of(DoubleStream.of(Double.NaN, Double.NaN)).format(1));
        assertEquals("2.50 (1.00-4.00)", Spread.of(DoubleStream.of(1, 4)).format(2));
    }

    @Test
    void measurementInItsUnits() {
        Measurement measurement = new Measurement(20_000, 2e9, 4096, 1, 2, 3, Double.NaN).withServerCpu(1e8);
        assertEquals(10, measurement.kiloRequestsPerSecond(), 1e-9);
        assertEquals(40.96, measurement.megabytesPerSecond(), 1e-9);
        assertEquals(5, measurement.serverCpuMicrosPerRequest(), 1e-9);
    }

    @Test
    void ratiosAreTakenWithinARound() throws PeersException {
        Contest contest = Contest.matching(
                        Options.parse(new String[] {"--cells", "RAM nbdcopy"}).cells())
                .get(0);
        Results results = new Results(contest);
        Cell cell = contest.cells().get(0);
        double[][] requestsOfRounds = {{30, 10}, {4, 2}, {100, 100}};
        for (double[] requests : requestsOfRounds) {
            results.add(cell, results.ours(), measurementOf(requests[0]));
            results.add(cell, results.baseline(), measurementOf(requests[1]));
        }
        assertEquals(new Spread(2, 1, 3), results.ratio(cell, results.ours(), Measurement::kiloRequestsPerSecond));
    }

    private static Measurement measurementOf(double requests) {
        return new Measurement(requests, 1e9, 4096, 0, 0, 0, 0);
    }

    @Test
    void processorTimeBehindAnyName() {
        String stat = "4711 (a) b (c d) S 1 4711 4711 0 -1 4194560 1 2 3 4 250 17 0 0 20 0 1 0 100";
        assertEquals(267, ProcessStat.cpuTicks(stat));
    }
}
