package io.devicemapper.core.device;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A device name taken apart: {@code SCHEME:BODY} or {@code SCHEME:BODY?KEY=VALUE&KEY=VALUE}. Nothing is percent-decoded; the body
 * ends at the first question mark.
 */
final class DeviceName {
    private final String written;
    private final String body;
    private final Map<String, String> options;

    private DeviceName(String written, String body, Map<String, String> options) {
        this.written = written;
        this.body = body;
        this.options = options;
    }

    /** A name without scheme or options: all of it is the body. */
    static DeviceName plain(String name) {
        return new DeviceName(name, name, Map.of());
    }

    /**
     * Takes a name with a scheme apart.
     *
     * @param name as written, starting with {@code scheme} and a colon
     * @param scheme without the colon
     * @param knownOptions every key that may be given
     * @throws IOException if a key is unknown, comes twice or has no value; the message names the device and what is known
     */
    static DeviceName parse(String name, String scheme, List<String> knownOptions) throws IOException {
        String rest = name.substring(scheme.length() + 1);
        int query = rest.indexOf('?');
        if (query < 0) {
            return new DeviceName(name, rest, Map.of());
        }
        Map<String, String> options = new LinkedHashMap<>();
        for (String option : rest.substring(query + 1).split("&", -1)) {
            int equals = option.indexOf('=');
            String key = equals < 0 ? option : option.substring(0, equals);
            if (!knownOptions.contains(key)) {
                throw new IOException(
                        name + ": unknown option '" + key + "'; known: " + String.join(", ", knownOptions));
            }
            if (equals < 0 || equals == option.length() - 1) {
                throw new IOException(name + ": option " + key + " has no value");
            }
            if (options.putIfAbsent(key, option.substring(equals + 1)) != null) {
                throw new IOException(name + ": option " + key + " is given twice");
            }
        }
        return new DeviceName(name, rest.substring(0, query), options);
    }

    /** What stands between the scheme and the options. */
    String body() {
        return body;
    }

    boolean has(String key) {
        return options.containsKey(key);
    }

    /**
     * The size that an option gives, in bytes, at least one sector.
     *
     * @throws IOException if it is no size, or less than a sector
     */
    long sizeBytes(String key) throws IOException {
        long bytes;
        try {
            bytes = SizeText.parseBytes(options.get(key));
        } catch (IllegalArgumentException e) {
            throw new IOException(written + ": " + e.getMessage(), e);
        }
        if (bytes < 512) {
            throw new IOException(written + ": size '" + options.get(key) + "': less than one sector of 512 bytes");
        }
        return bytes;
    }

    /**
     * A switch; false if the option is not given.
     *
     * @throws IOException if it is neither true nor false
     */
    boolean isTrue(String key) throws IOException {
        String value = options.getOrDefault(key, "false");
        if (!value.equals("true") && !value.equals("false")) {
            throw new IOException(written + ": option " + key + "=" + value + ": expected true or false");
        }
        return value.equals("true");
    }
}
