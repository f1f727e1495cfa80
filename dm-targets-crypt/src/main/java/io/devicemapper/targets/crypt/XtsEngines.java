package io.devicemapper.targets.crypt;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Which implementations of the passes of AES-XTS work in this JVM, the one that is used first. */
final class XtsEngines {
    /** The system property that names the engine to use, in place of the first one that works. */
    static final String SETTING = "dm.crypt.engine";

    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final String VECTOR_CLASS = XtsEngines.class.getPackageName() + ".VectorXtsPasses";

    private static final List<XtsPasses> AVAILABLE = findAvailable();

    private XtsEngines() {}

    /** All that work here, the best one first. */
    static List<XtsPasses> available() {
        return AVAILABLE;
    }

    /**
     * The engine to use.
     *
     * @throws IllegalArgumentException if the setting names one that does not work here
     */
    static XtsPasses chosen() {
        String name = System.getProperty(SETTING);
        return name == null ? AVAILABLE.get(0) : named(name);
    }

    /**
     * The engine of that name.
     *
     * @throws IllegalArgumentException if there is none, or it does not work here
     */
    static XtsPasses named(String name) {
        for (XtsPasses passes : AVAILABLE) {
            if (passes.name().equals(name)) {
                return passes;
            }
        }
        throw new IllegalArgumentException(SETTING + "=" + name + ": no such engine here; there is "
                + AVAILABLE.stream().map(XtsPasses::name).collect(Collectors.joining(", ")));
    }

    private static List<XtsPasses> findAvailable() {
        List<XtsPasses> found = new ArrayList<>();
        XtsPasses vector = vector();
        if (vector != null) {
            found.add(vector);
        }
        found.add(new LongXtsPasses());
        return List.copyOf(found);
    }

    /** Null where the JVM was started without the vector module, the processor is too small, or the build left the class out. */
    private static XtsPasses vector() {
        var module = ModuleLayer.boot().findModule(VECTOR_MODULE);
        if (module.isEmpty()) {
            return null;
        }
        // No line in the module descriptor: with it the compiler would want the module everywhere.
        XtsEngines.class.getModule().addReads(module.get());
        try {
            return Class.forName(VECTOR_CLASS)
                    .asSubclass(XtsPasses.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            return null;
        }
    }
}
