package io.devicemapper.targets.cache.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.xml.sax.SAXException;

class CacheSimToolTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    @Test
    void theReportIsAsInTheFile() throws IOException {
        assertEquals(0, run("", "--policy", "smq,lru", "--size", "50%,2,50", "loop:blocks=100,accesses=1000", "-"));
        assertEquals("", err.toString());
        try (InputStream in = getClass().getResourceAsStream("/report.txt")) {
            assertEquals(
                    new String(in.readAllBytes(), StandardCharsets.UTF_8),
                    out.toString().replace(System.lineSeparator(), "\n"));
        }
    }

    @Test
    void thePlotHasAPanelForEachTrace() throws IOException, ParserConfigurationException, SAXException {
        Path plot = folder.resolve("plot.svg");
        assertEquals(0, run("1\n2\n1\n", "--plot=" + plot, "--policy=smq,lru", "loop:blocks=10,accesses=100", "-"));
        Document svg = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(Files.readAllBytes(plot)));
        assertEquals("svg", svg.getDocumentElement().getTagName());
        assertEquals(2 * 4, svg.getElementsByTagName("polyline").getLength());
    }

    @Test
    void helpNamesPoliciesFormatsAndTraces() {
        assertEquals(0, run("", "--help"));
        assertTrue(out.toString().startsWith("Usage: dm cache-sim "));
        assertTrue(out.toString().contains("blkparse"));
        assertTrue(out.toString().contains("scan-zipf:blocks="));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "|no trace given; usage: dm cache-sim [OPTIONS] TRACE...",
                "--frob 3 -|unknown option '--frob'; dm cache-sim --help shows those there are",
                "- --size|--size needs a value",
                "--size 0 -|--size: expected a number of blocks, or a share of the trace's blocks such as 10%, found '0'",
                "--size 10%,x -|--size: expected a number of blocks, or a share of the trace's blocks such as 10%, found 'x'",
                "--size 101% -|--size: expected a number of blocks, or a share of the trace's blocks such as 10%, found '101%'",
                "--policy fifo -|unknown policy 'fifo'; known: cleaner, lru, mq, scripted, smq, torture",
                "--format tar -|--format: expected one of numbers, lirs, arc, blkparse, fio, msr, found 'tar'",
                "--lag -1 -|--lag: expected a number from 0 to 536870912, found '-1'",
                "--block-size 1k -|--block-size: expected a number from 1 to 2097152, found '1k'",
                "--set x -|--set: expected KEY=VALUE, found 'x'",
                "--set x=1 -|smq: unknown key 'x'; smq has sequential_threshold",
                "zipf:skew=11|zipf: expected skew=a number from 0 to 10, found 'skew=11'",
                "zipf:blocks=1.5|zipf: expected blocks=a whole number from 1 to 67108864, found 'blocks=1.5'",
                "loop:skew=1|loop: unknown setting 'skew'; there are blocks, accesses",
                "loop:|loop: unknown setting ''; there are blocks, accesses"
            })
    void whatIsWrongIsOneLine(String args, String message) {
        assertEquals(1, run("1\n", args == null ? new String[0] : args.split(" ", -1)));
        assertEquals("dm: cache-sim: " + message, err.toString().strip());
        assertEquals("", out.toString());
    }

    @Test
    void aPlotThatCannotBeWrittenIsOneLine() {
        Path plot = folder.resolve("missing").resolve("plot.svg");
        assertEquals(1, run("", "--plot=" + plot, "-"));
        assertEquals(
                "dm: cache-sim: --plot: " + plot + " cannot be written: no such folder",
                err.toString().strip());
    }

    private int run(String standardInput, String... args) {
        String input = standardInput.isEmpty() ? "1\n2\n3\n1\n2\n3\n" : standardInput;
        return new CacheSimTool(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)))
                .run(new PrintWriter(out), new PrintWriter(err), args);
    }
}
