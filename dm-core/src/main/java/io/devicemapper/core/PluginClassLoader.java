package io.devicemapper.core;

import io.devicemapper.target.DmApi;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Set;
import java.util.stream.Collectors;

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

    /** The platform's classes, and those of the packages that dm-api exports. */
    private static final class ApiClassLoader extends ClassLoader {
        /** One by one: a prefix would let through packages of the host that begin alike. */
        private static final Set<String> API_PACKAGES = apiPackages();

        static {
            registerAsParallelCapable();
        }

        private static Set<String> apiPackages() {
            return apiModule().exports().stream()
                    .filter(exports -> !exports.isQualified())
                    .map(ModuleDescriptor.Exports::source)
                    .collect(Collectors.toUnmodifiableSet());
        }

        /** dm-api's own description: on the class path it is a file beside its classes, and no module. */
        private static ModuleDescriptor apiModule() {
            ModuleDescriptor known = DmApi.class.getModule().getDescriptor();
            if (known != null) {
                return known;
            }
            String path = DmApi.class.getName().replace('.', '/') + ".class";
            String place = String.valueOf(DmApi.class.getClassLoader().getResource(path));
            try (InputStream descriptor = new URL(place.replace(path, "module-info.class")).openStream()) {
                return ModuleDescriptor.read(descriptor);
            } catch (IOException e) {
                throw new UncheckedIOException("dm-api's module-info.class is missing beside " + place, e);
            }
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
