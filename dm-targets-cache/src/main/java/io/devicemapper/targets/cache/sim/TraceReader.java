package io.devicemapper.targets.cache.sim;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Reads traces from files. */
final class TraceReader {
    static final String STANDARD_INPUT = "-";

    private final InputStream standardInput;
    private final TraceFormat format;
    private final int blockSectors;

    /**
     * A reader.
     *
     * @param format null to find out from the first line
     * @param blockSectors length of a block, for traces of sectors or bytes
     */
    TraceReader(InputStream standardInput, TraceFormat format, int blockSectors) {
        this.standardInput = standardInput;
        this.format = format;
        this.blockSectors = blockSectors;
    }

    /**
     * Reads a trace.
     *
     * @param file a path, of a file compressed by gzip if it ends in {@code .gz}; {@code -} for standard input
     */
    Trace read(String file) throws SimException {
        try (InputStream in = open(file)) {
            // Any byte is a character there: a trace that is none of ours fails at the first line, and not in a
            // decoder.
            return parse(file, new BufferedReader(new InputStreamReader(in, ISO_8859_1)));
        } catch (NoSuchFileException e) {
            throw new SimException(file + ": no such file", e);
        } catch (IOException e) {
            throw new SimException(file + ": " + (e.getMessage() == null ? e.toString() : e.getMessage()), e);
        } catch (InvalidPathException e) {
            throw new SimException(file + ": no path: " + e.getReason(), e);
        }
    }

    private InputStream open(String file) throws IOException, SimException {
        if (file.equals(STANDARD_INPUT)) {
            return standardInput;
        }
        if (file.endsWith(".xz") || file.endsWith(".zst") || file.endsWith(".bz2")) {
            throw new SimException(
                    file + ": of compressed files only .gz can be read; unpack it, or pipe it in and name it -");
        }
        Path path = Path.of(file);
        if (Files.isDirectory(path)) {
            throw new SimException(file + ": a folder, not a file");
        }
        InputStream in = Files.newInputStream(path);
        return file.endsWith(".gz") ? new GZIPInputStream(in) : in;
    }

    private Trace parse(String file, BufferedReader reader) throws IOException, SimException {
        TraceBuilder trace = new TraceBuilder(blockSectors);
        TraceFormat found = format;
        TraceFormat.LineParser parser = format == null ? null : format.newParser();
        boolean more = true;
        for (long lineNumber = 1; more; lineNumber++) {
            String line = reader.readLine();
            if (line == null) {
                break;
            }
            if (line.isBlank() || (parser == null && line.strip().startsWith("#"))) {
                continue;
            }
            if (parser == null) {
                found = detect(file, lineNumber, line);
                parser = found.newParser();
            }
            more = parser.parse(file, lineNumber, line, trace);
        }
        if (trace.count() == 0) {
            throw new SimException(file + ": no access to any block in it"
                    + (found == TraceFormat.BLKPARSE ? "; of blkparse's events those with action Q count" : ""));
        }
        return trace.build(shortName(file), found.formatName());
    }

    private static TraceFormat detect(String file, long lineNumber, String line) throws SimException {
        return TraceFormat.detect(line)
                .orElseThrow(() -> new Fields(file, lineNumber, line)
                        .unexpected("the first line of a trace (" + TraceFormat.names() + ")", line));
    }

    /** Without folders and endings. */
    private static String shortName(String file) {
        if (file.equals(STANDARD_INPUT)) {
            return "standard input";
        }
        String name = String.valueOf(Path.of(file).getFileName());
        int dot = name.indexOf('.', 1);
        return dot < 0 ? name : name.substring(0, dot);
    }
}
