package io.devicemapper.benchmarks.peers;

/**
 * Reads what fio prints in its terse format, version 3: one line of fields separated by semicolons.
 *
 * @see <a href="https://fio.readthedocs.io/en/latest/fio_doc.html#terse-output">fio: terse output</a>
 */
final class TerseOutput {
    private static final String VERSION = "3;";
    private static final int READ_FIELDS = 5;
    private static final int WRITE_FIELDS = 46;

    // Within the fields of reads or of writes.
    private static final int TOTAL_KIBIBYTES = 0;
    private static final int RUNTIME_MILLIS = 3;
    private static final int PERCENTILES = 12;
    private static final int PERCENTILE_FIELDS = 20;

    private TerseOutput() {}

    static Measurement parse(String output, boolean writes, int blockBytes) throws PeersException {
        // Engines and warnings print lines of their own.
        String line = output.lines()
                .filter(l -> l.startsWith(VERSION))
                .findFirst()
                .orElseThrow(() -> new PeersException("fio printed no terse output:\n" + output));
        String[] fields = line.split(";", -1);
        int first = writes ? WRITE_FIELDS : READ_FIELDS;
        double requests = Double.parseDouble(fields[first + TOTAL_KIBIBYTES]) * 1024 / blockBytes;
        if (requests == 0) {
            throw new PeersException("fio made no request:\n" + output);
        }
        return new Measurement(
                requests,
                Double.parseDouble(fields[first + RUNTIME_MILLIS]) * 1e6,
                blockBytes,
                percentile(fields, first, 50),
                percentile(fields, first, 99),
                percentile(fields, first, 99.9),
                Double.NaN);
    }

    /** A completion latency in microseconds; its field reads {@code 99.000000%=1138}. */
    private static double percentile(String[] fields, int first, double percent) throws PeersException {
        for (int i = 0; i < PERCENTILE_FIELDS; i++) {
            String[] field = fields[first + PERCENTILES + i].split("%=", -1);
            if (Double.parseDouble(field[0]) == percent) {
                return Double.parseDouble(field[1]);
            }
        }
        throw new PeersException("fio printed no percentile " + percent);
    }
}
