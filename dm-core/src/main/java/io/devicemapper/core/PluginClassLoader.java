package io.devicemapper.core;

import io.devicemapper.target.DmApi;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

/**
 * Loads one jar of the plugin folder. It sees the platform and dm-api, and nothing else of the host: a plugin brings its own libraries, in whatever
 * version.
 */
final class PluginClassLoader extends URLClassLoader {
    static {
        registerAsParallelCapable();
    }

    PluginClassLoader(String name, URL jar) {
        super(name, new URL[] {jar}, new ApiClassLoader());
    }

    /** The platform's classes, and those of dm-api's packages. */
    private static final class ApiClassLoader extends ClassLoader {
        /** dm-api's packages, one by one: a prefix would let through packages of the host that begin alike. */
        private static final List<String> API_PACKAGES = List.of("io.devicemapper.block", "io.devicemapper.target");

        static {
            registerAsParallelCapable();
        }

        ApiClassLoader() {
            super("dm-api", ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            int dot = name.lastIndexOf('.');
            if (dot > 0 && API_PACKAGES.contains(name.substring(0, dot))) {
                return Class.forName(name, false, DmApi.class.getClassLoader());
            }
            throw new ClassNotFoundException(name);
        }

        @Override
        protected URL findResource(String name) {
            return null;
        }

        @Override
        protected Enumeration<URL> findResources(String name) throws IOException {
            return Collections.emptyEnumeration();
        }
    }
}
