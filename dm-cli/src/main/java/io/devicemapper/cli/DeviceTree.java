package io.devicemapper.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What {@code dm ls --tree} prints: each device that nobody uses, and below it what it uses. */
final class DeviceTree {
    private static final Set<String> STYLE_NAMES = Set.of(
            "device",
            "nodevice",
            "blkdevname",
            "active",
            "open",
            "rw",
            "uuid",
            "ascii",
            "utf",
            "vt100",
            "compact",
            "inverted",
            "notrunc");

    /** How the lines between devices are drawn. */
    private record Symbols(String empty, String vertical, String branch, String last, String single, String first) {
        static final Symbols ASCII = new Symbols("  ", "| ", "|-", "`-", "---", "-+-");
        static final Symbols UTF8 = new Symbols("  ", "│ ", "├─", "└─", "───", "─┬─");
    }

    private record Node(String label, boolean mapped, List<Node> below, List<Node> above) {}

    private final Set<String> style;
    private final Symbols symbols;
    /** Every device, in the order in which going down from each name meets them. */
    private final Map<String, Node> nodes = new LinkedHashMap<>();

    private final List<Node> mappedNodes = new ArrayList<>();
    private final StringBuilder out = new StringBuilder();

    private DeviceTree(Set<String> style, boolean utf8) {
        this.style = style;
        this.symbols = (utf8 || style.contains("utf")) && !style.contains("ascii") ? Symbols.UTF8 : Symbols.ASCII;
    }

    /**
     * Prints.
     *
     * @param devices all devices, in the order of their names
     * @param options what {@code -o} asks for, separated by commas
     * @param utf8 whether the terminal shows UTF-8, which {@code ascii} and {@code utf} override
     * @throws CliException if an option is unknown
     */
    static String print(List<DeviceInfo> devices, String options, boolean utf8) throws CliException {
        Set<String> style = new LinkedHashSet<>();
        for (String option : options.isEmpty() ? new String[0] : options.split(",", -1)) {
            if (!STYLE_NAMES.contains(option)) {
                throw new CliException("ls: unknown option '" + option + "' for a tree; known: "
                        + String.join(", ", STYLE_NAMES.stream().sorted().toList()));
            }
            style.add(option);
        }
        DeviceTree tree = new DeviceTree(style, utf8);
        tree.build(devices);
        return tree.print();
    }

    private void build(List<DeviceInfo> devices) {
        Map<String, DeviceInfo> byNumber = new LinkedHashMap<>();
        devices.forEach(device -> byNumber.put(device.number(":"), device));
        devices.forEach(device -> mappedNodes.add(add(device, byNumber)));
    }

    private Node add(DeviceInfo device, Map<String, DeviceInfo> byNumber) {
        String key = "dm " + device.number(":");
        Node known = nodes.get(key);
        if (known != null) {
            return known;
        }
        Node node = new Node(label(device), true, new ArrayList<>(), new ArrayList<>());
        // Entered before what is below it: a device that came to use itself would end the walk here.
        nodes.put(key, node);
        for (DeviceInfo.Lower lower : device.dependencies()) {
            DeviceInfo mapped = lower instanceof DeviceInfo.MappedLower ? byNumber.get(lower.number(":")) : null;
            Node child = mapped != null
                    ? add(mapped, byNumber)
                    : nodes.computeIfAbsent(
                            "other " + lower.name(),
                            other -> new Node(
                                    " (" + lower.number(":") + ")", false, new ArrayList<>(), new ArrayList<>()));
            node.below().add(child);
            child.above().add(node);
        }
        return node;
    }

    private String label(DeviceInfo device) {
        StringBuilder label = new StringBuilder(device.name());
        if (style.contains("blkdevname")) {
            label.append(" <").append(device.blockDeviceName()).append('>');
        }
        if (!style.contains("nodevice")) {
            label.append(" (").append(device.number(":")).append(')');
        }
        List<String> attributes = new ArrayList<>();
        if (style.contains("active")) {
            attributes.add(device.suspended() ? "SUSPENDED" : "ACTIVE");
        }
        if (style.contains("rw")) {
            attributes.add(device.readOnly() ? "RO" : "RW");
        }
        if (style.contains("open")) {
            attributes.add(Integer.toString(device.openCount()));
        }
        if (style.contains("uuid")) {
            attributes.add(device.uuid().orElse(""));
        }
        if (!attributes.isEmpty()) {
            label.append(" [").append(String.join(", ", attributes)).append(']');
        }
        return label.toString();
    }

    private String print() {
        boolean first = true;
        for (Node root : roots()) {
            out.append(first ? "" : "\n").append(root.label());
            printChildren(root, "");
            first = false;
        }
        return out.isEmpty() || style.contains("compact")
                ? out.toString()
                : out.append('\n').toString();
    }

    /**
     * Where the walk begins. From the top, the devices that nobody uses in the order of their names. From the bottom, in the order
     * in which going down from each name meets a device that uses nothing.
     */
    private List<Node> roots() {
        if (style.contains("inverted")) {
            return nodes.values().stream()
                    .filter(node -> node.below().isEmpty() && isShown(node))
                    .toList();
        }
        return mappedNodes.stream().filter(node -> node.above().isEmpty()).toList();
    }

    /** A device that is not a mapped one has nothing but its number to show. */
    private boolean isShown(Node node) {
        return node.mapped() || !style.contains("nodevice");
    }

    private void printChildren(Node node, String prefix) {
        boolean compact = style.contains("compact");
        String indent = compact ? prefix + " ".repeat(node.label().length()) : prefix;
        List<Node> children = (style.contains("inverted") ? node.above() : node.below())
                .stream().filter(this::isShown).toList();
        for (int i = 0; i < children.size(); i++) {
            boolean last = i == children.size() - 1;
            if (compact && i == 0) {
                out.append(last ? symbols.single() : symbols.first());
            } else {
                out.append('\n').append(indent).append(' ').append(last ? symbols.last() : symbols.branch());
            }
            out.append(children.get(i).label());
            printChildren(children.get(i), indent + " " + (last ? symbols.empty() : symbols.vertical()));
        }
    }
}
