package io.devicemapper.targets.cache.sim;

import java.util.regex.Pattern;

/**
 * The output of blkparse(1) in its default format: device, processor, sequence number, time, process, action, kind, and for most actions
 * {@code sector + sectors [command]}. Requests are taken when they are queued (action {@code Q}): there each is seen once, before the
 * kernel merges and splits. The summary at the end is no part of the trace.
 */
final class BlkparseParser implements TraceFormat.LineParser {
    private static final Pattern DEVICE = Pattern.compile("\\d+,\\d+");
    private static final Pattern SUMMARY = Pattern.compile("\\s*(CPU\\s*\\d+|Total) \\(.*|\\s*Input file .* added");

    @Override
    public boolean parse(String file, long lineNumber, String line, TraceBuilder trace) throws SimException {
        if (SUMMARY.matcher(line).lookingAt()) {
            // blkparse names its input files before the first event, and everything else behind the last.
            return line.strip().startsWith("Input");
        }
        Fields fields = new Fields(file, lineNumber, line);
        String device = fields.word("a device as MAJOR,MINOR");
        if (!DEVICE.matcher(device).matches()) {
            throw fields.unexpected("a device as MAJOR,MINOR", device);
        }
        fields.number("the number of a processor");
        fields.number("a sequence number");
        fields.word("a time");
        fields.word("the number of a process");
        String action = fields.word("an action");
        String kind = fields.hasNext() ? fields.word("the kind of request") : "";
        boolean transfersData = kind.indexOf('D') < 0 && (kind.indexOf('R') >= 0 || kind.indexOf('W') >= 0);
        if (!action.equals("Q") || !transfersData) {
            return true;
        }
        if (line.indexOf('+') < 0) {
            // A flush without data has no sector.
            return true;
        }
        long sector = fields.number("the first sector");
        String plus = fields.word("'+'");
        if (!plus.equals("+")) {
            throw fields.unexpected("'+'", plus);
        }
        trace.sectors(device, sector, fields.number("the number of sectors"));
        return true;
    }
}
