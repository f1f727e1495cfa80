package io.devicemapper.cli;

import io.devicemapper.cli.Report.Field;
import java.util.ArrayList;
import java.util.List;

/**
 * The name of an LVM device in its parts: volume group, logical volume and layer, joined by hyphens, where a hyphen inside a part is
 * doubled.
 */
record LvmName(String volumeGroup, String logicalVolume, String layer) {
    private static final String GROUP = "splitname_all";

    private static final Report<LvmName> REPORT = new Report<>(
            "splitname",
            List.of(
                    Field.text("vg_name", GROUP, "VG", 4, LvmName::volumeGroup),
                    Field.text("lv_name", GROUP, "LV", 4, LvmName::logicalVolume),
                    Field.text("lv_layer", GROUP, "LVLayer", 7, LvmName::layer)),
            "vg_name,lv_name,lv_layer");

    /** Splits a name; parts that it does not have are empty. */
    static LvmName split(String name) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '-' && i + 1 < name.length() && name.charAt(i + 1) == '-') {
                part.append('-');
                i++;
            } else if (c == '-' && parts.size() < 2) {
                parts.add(part.toString());
                part.setLength(0);
            } else {
                part.append(c);
            }
        }
        parts.add(part.toString());
        return new LvmName(parts.get(0), parts.size() > 1 ? parts.get(1) : "", parts.size() > 2 ? parts.get(2) : "");
    }

    /** What {@code dm splitname} prints. */
    static String report(CommandLine line) throws CliException {
        if (line.operands().size() > 1 && !line.operands().get(1).equals("LVM")) {
            throw new CliException("splitname: subsystem '" + line.operands().get(1) + "' unknown, expected LVM");
        }
        return REPORT.print(line, List.of(split(line.operands().get(0))));
    }
}
