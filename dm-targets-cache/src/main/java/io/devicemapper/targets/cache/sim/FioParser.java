package io.devicemapper.targets.cache.sim;

/**
 * fio's log of requests, {@code write_iolog}. Version 2: {@code file action} or {@code file action offset length}, in bytes; version 3
 * has a time before that. Source: "Trace file format" in fio's documentation.
 */
final class FioParser implements TraceFormat.LineParser {
    static final String HEADER = "fio version ";

    private boolean headerSeen;
    private boolean timed;

    @Override
    public boolean parse(String file, long lineNumber, String line, TraceBuilder trace) throws SimException {
        Fields fields = new Fields(file, lineNumber, line);
        if (!headerSeen) {
            readHeader(fields);
            return true;
        }
        if (timed) {
            fields.number("a time");
        }
        String device = fields.word("the name of a file");
        String action = fields.word("an action");
        switch (action) {
            case "read", "write" -> {
                long offset = fields.number("an offset in bytes");
                long length = fields.number("a length in bytes");
                fields.end();
                trace.bytes(device, offset, length);
            }
            case "add", "open", "close", "wait", "sync", "datasync", "trim" -> {
                // No data moves.
            }
            default -> throw fields.unexpected("add, open, close, read, write, sync, datasync, trim or wait", action);
        }
        return true;
    }

    private void readHeader(Fields fields) throws SimException {
        String expected = "'fio version 2 iolog' or 'fio version 3 iolog'";
        for (String wanted : HEADER.strip().split(" ", -1)) {
            String word = fields.word(expected);
            if (!word.equals(wanted)) {
                throw fields.unexpected(expected, word);
            }
        }
        String version = fields.word(expected);
        if (!version.equals("2") && !version.equals("3")) {
            throw fields.unexpected("version 2 or 3", version);
        }
        timed = version.equals("3");
        headerSeen = true;
    }
}
