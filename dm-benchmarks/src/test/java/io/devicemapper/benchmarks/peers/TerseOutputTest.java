package io.devicemapper.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import org.junit.jupiter.api.Test;

class TerseOutputTest {
    private static final String UNUSED = side("0;0;0;0", 0, 0, 0);
    private static final String SYSTEM = "10.3%;30.6%;5775;0;74";

    /** The fields of reads or writes: totals, two latencies, percentiles, total latency, bandwidth. */
    private static String side(String totals, int p50, int p99, int p999) {
        String percentiles = "1.000000%=1;50.000000%=" + p50 + ";99.000000%=" + p99 + ";99.900000%=" + p999 + ";"
                + String.join(";", Collections.nCopies(16, "0%=0"));
        return String.join(";", totals, "1;2;3;4", "5;6;7;8", percentiles, "9;10;11;12", "13;14;15%;16;17");
    }

    private static String line(String reads, String writes) {
        return "3;fio-3.33;peers;0;0;" + reads + ";" + writes + ";" + SYSTEM + "\n";
    }

    @Test
    void readsAreCountedInBlocks() throws PeersException {
        String output =
                "fio: connected to NBD server\n" + line(side("186960;186773;46693;1001", 292, 1138, 7897), UNUSED);
        Measurement measurement = TerseOutput.parse(output, false, 4096);
        assertEquals(186960 / 4, measurement.requests());
        assertEquals(1001e6, measurement.nanos());
        assertEquals(292, measurement.p50Micros());
        assertEquals(1138, measurement.p99Micros());
        assertEquals(7897, measurement.p999Micros());
        assertTrue(Double.isNaN(measurement.serverCpuNanos()));
    }

    @Test
    void writesHaveFieldsOfTheirOwn() throws PeersException {
        String output = line(UNUSED, side("1280;640;5;2000", 1, 2, 3));
        Measurement measurement = TerseOutput.parse(output, true, 131072);
        assertEquals(10, measurement.requests());
        assertEquals(2, measurement.p99Micros());
    }

    @Test
    void runWithoutRequestsIsNoMeasurement() {
        PeersException e =
                assertThrows(PeersException.class, () -> TerseOutput.parse(line(UNUSED, UNUSED), false, 4096));
        assertTrue(e.getMessage().startsWith("fio made no request"), e.getMessage());
    }

    @Test
    void otherOutputIsShown() {
        PeersException e =
                assertThrows(PeersException.class, () -> TerseOutput.parse("fio: engine nbd not loadable\n", false, 1));
        assertTrue(e.getMessage().contains("engine nbd not loadable"), e.getMessage());
    }
}
