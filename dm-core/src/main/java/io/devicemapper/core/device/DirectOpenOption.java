package io.devicemapper.core.device;

import java.nio.file.OpenOption;

/**
 * {@code com.sun.nio.file.ExtendedOpenOption.DIRECT}: exported by the module jdk.unsupported, and there on every JDK so far. Found by
 * name, since javac warns of it on some releases in a way that no annotation suppresses.
 */
final class DirectOpenOption {
    private DirectOpenOption() {}

    /** @throws UnsupportedOperationException if this JVM has no such option */
    static OpenOption get() {
        try {
            for (Object option :
                    Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants()) {
                if (option.toString().equals("DIRECT")) {
                    return (OpenOption) option;
                }
            }
        } catch (ClassNotFoundException e) {
            throw new UnsupportedOperationException("not known to this JVM", e);
        }
        throw new UnsupportedOperationException("not known to this JVM");
    }
}
