package io.devicemapper.cli;

import java.util.List;
import java.util.Optional;

/**
 * What the reports say about a mapped device: a snapshot, so that a report is one moment's view and can be tested on its own.
 *
 * @param openCount how often the device is open, by clients and by tables
 * @param live whether it has a live table
 * @param inactive whether it has an inactive table
 * @param targets the number of targets of the table that is reported on, 0 if there is none
 * @param dependencies the devices below that table, the most recently opened first
 */
record DeviceInfo(
        String name,
        Optional<String> uuid,
        int major,
        int minor,
        long eventNumber,
        int openCount,
        boolean suspended,
        boolean readOnly,
        boolean deferredRemove,
        boolean live,
        boolean inactive,
        int targets,
        List<Lower> dependencies) {

    /** A device below a mapped device. */
    sealed interface Lower {
        /** How lists of device numbers show it: without a number of its own, a device stands there under its name. */
        String number(String separator);

        /** How lists of device names show it. */
        String name();

        /** How lists of block device names show it. */
        String blockDeviceName();
    }

    /** A mapped device below another one. */
    record MappedLower(String name, int major, int minor) implements Lower {
        @Override
        public String number(String separator) {
            return major + separator + minor;
        }

        @Override
        public String blockDeviceName() {
            return "dm-" + minor;
        }
    }

    /** A file, a RAM disk or a remote export below a mapped device, under the name in the table line. */
    record OtherLower(String name) implements Lower {
        @Override
        public String number(String separator) {
            return name;
        }

        @Override
        public String blockDeviceName() {
            return name;
        }
    }

    String number(String separator) {
        return major + separator + minor;
    }

    String blockDeviceName() {
        return "dm-" + minor;
    }
}
