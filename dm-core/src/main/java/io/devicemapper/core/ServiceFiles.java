package io.devicemapper.core;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which jar or folder lists which provider of a service. {@link java.util.ServiceLoader} says what is wrong with a provider that cannot be
 * made, but seldom where it came from.
 *
 * <p>Not safe for use by several threads.
 */
final class ServiceFiles {
    private static final String FOLDER = "META-INF/services/";

    /** The providers in the order in which ServiceLoader looks at them, with their places. */
    private final Map<String, String> placeByClass = new LinkedHashMap<>();

    private final Map<String, String> placeByFile = new LinkedHashMap<>();
    private final Set<String> blamed = new HashSet<>();

    /** Reads what a class loader sees of a service's files. What cannot be read is left out. */
    ServiceFiles(Class<?> service, ClassLoader loader) {
        try {
            for (URL file : Collections.list(loader.getResources(FOLDER + service.getName()))) {
                read(file);
            }
        } catch (IOException e) {
            System.getLogger(ServiceFiles.class.getName())
                    .log(System.Logger.Level.WARNING, () -> "cannot list the files of " + service + ": " + e);
        }
    }

    private void read(URL file) {
        String place = place(file);
        placeByFile.put(file.toString(), place);
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(file.openStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int comment = line.indexOf('#');
                String name = (comment < 0 ? line : line.substring(0, comment)).strip();
                if (!name.isEmpty()) {
                    placeByClass.putIfAbsent(name, place);
                }
            }
        } catch (IOException e) {
            // ServiceLoader fails on the same file, and its message is the one to tell.
        }
    }

    /** The jar or folder that a file of {@link #FOLDER} lies in. */
    private static String place(URL file) {
        String text = file.toString();
        String container = text.substring(0, text.lastIndexOf(FOLDER));
        if (container.startsWith("jar:") && container.endsWith("!/")) {
            container = container.substring("jar:".length(), container.length() - "!/".length());
        }
        String path = container.startsWith("file:") ? URI.create(container).getPath() : null;
        return path == null ? container : path;
    }

    /**
     * Where a provider that could not be made was listed.
     *
     * @param failure what ServiceLoader threw
     * @param made the names of the classes that were made so far
     */
    Optional<String> placeOf(Throwable failure, Collection<String> made) {
        String message = String.valueOf(failure.getMessage());
        for (Map.Entry<String, String> file : placeByFile.entrySet()) {
            if (message.contains(file.getKey())) {
                return Optional.of(file.getValue());
            }
        }
        Optional<String> name = placeByClass.keySet().stream()
                .filter(n -> !made.contains(n) && !blamed.contains(n))
                // A lost superclass is an error that names that class alone: it is about the first one not accounted
                // for.
                .filter(n -> failure instanceof LinkageError || names(message, n))
                .findFirst();
        name.ifPresent(blamed::add);
        return name.map(placeByClass::get);
    }

    private static boolean names(String message, String className) {
        return Pattern.compile("(?<![\\w.$])" + Pattern.quote(className) + "(?![\\w$])")
                .matcher(message)
                .find();
    }
}
