package io.devicemapper.targets.cache.policy;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.target.TargetException;
import java.util.ArrayList;
import java.util.List;

/** Decides as {@link SmqSelection} does, and takes the settings of the kernel's old {@code mq} instead. */
final class MqSelection extends SmqSelection {
    /** In the order in which the kernel shows them. */
    private static final List<String> KEYS = List.of(
            "random_threshold",
            "sequential_threshold",
            "discard_promote_adjustment",
            "read_promote_adjustment",
            "write_promote_adjustment");

    MqSelection(CacheGeometry geometry) {
        super(geometry);
    }

    @Override
    public void set(String key, String value) throws TargetException {
        if (!KEYS.contains(key)) {
            throw new TargetException("unknown key '" + key + "'; mq has " + String.join(", ", KEYS));
        }
        try {
            long unused = Long.parseUnsignedLong(value);
        } catch (NumberFormatException e) {
            throw new TargetException(key + ": expected a number, found '" + value + "'", e);
        }
    }

    @Override
    public List<String> configValues() {
        List<String> values = new ArrayList<>();
        for (String key : KEYS) {
            values.add(key);
            values.add("0");
        }
        return values;
    }
}
