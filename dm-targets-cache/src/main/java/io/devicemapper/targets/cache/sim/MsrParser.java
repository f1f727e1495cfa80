package io.devicemapper.targets.cache.sim;

/**
 * {@code Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime}, offset and size in bytes; a line with these names may come first.
 * Source: "MSR Cambridge Block I/O Traces" in SNIA's IOTTA repository.
 */
final class MsrParser implements TraceFormat.LineParser {
    private boolean begun;

    @Override
    public boolean parse(String file, long lineNumber, String line, TraceBuilder trace) throws SimException {
        boolean header = !begun && line.regionMatches(true, 0, "Timestamp,", 0, "Timestamp,".length());
        begun = true;
        if (header) {
            return true;
        }
        Fields fields = new Fields(file, lineNumber, line, ',');
        fields.number("a time stamp");
        String host = fields.word("the name of a host");
        long disk = fields.number("the number of a disk");
        String type = fields.word("Read or Write");
        if (!type.equalsIgnoreCase("Read") && !type.equalsIgnoreCase("Write")) {
            throw fields.unexpected("Read or Write", type);
        }
        long offset = fields.number("an offset in bytes");
        long length = fields.number("a size in bytes");
        fields.word("a response time");
        fields.end();
        trace.bytes(host + "." + disk, offset, length);
        return true;
    }
}
