package io.devicemapper.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
    @Test
    void whatIsNotGivenHasADefault() throws PeersException {
        Options options = Options.parse(new String[] {"--rounds", "7", "--size", "2048"});
        assertEquals(7, options.rounds());
        assertEquals(2L << 30, options.bytes());
        assertEquals(3, options.seconds());
        assertEquals("1", options.clientCpu());
    }

    @ParameterizedTest
    @CsvSource({
        "--rounds 0, --rounds: expected a number from 1 to 1000",
        "--seconds x, --seconds: expected a number from 1 to 3600",
        "--size, --size needs a value",
        "--cells (, --cells: Unclosed group",
        "--fast 1, unknown option --fast",
    })
    void wrongOptionsAreNamed(String line, String reason) {
        PeersException e = assertThrows(PeersException.class, () -> Options.parse(line.split(" ", -1)));
        assertTrue(e.getMessage().startsWith(reason), e.getMessage());
    }

    @Test
    void cellsAreChosenAcrossContests() throws PeersException {
        Options options = Options.parse(new String[] {"--cells", "4k randread d(64|32)"});
        assertEquals(
                List.of("RAM 4k randread d64", "crypt 4k randread d64", "file 4k randread d32"),
                Contest.matching(options.cells()).stream()
                        .flatMap(contest -> contest.cells().stream())
                        .map(Cell::name)
                        .toList());
    }
}
