package io.devicemapper.core;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where providers came from: the host's own path, or one jar of the plugin folder. Counts who uses them, so that a jar that was removed is let go as
 * soon as nobody does.
 */
class ProviderSource {
    private final String location;
    private final ClassLoader loader;
    private final AtomicInteger users = new AtomicInteger();

    /**
     * A source.
     *
     * @param location as messages name it
     * @param loader what the providers' own look-ups of classes and resources should go through; null for the host's own path
     */
    ProviderSource(String location, ClassLoader loader) {
        this.location = location;
        this.loader = loader;
    }

    String location() {
        return location;
    }

    /** The class loader to set around calls into the providers; null to leave the thread's as it is. */
    ClassLoader loader() {
        return loader;
    }

    /** Whether this is the host's own path, whose names no plugin may take. */
    boolean isHost() {
        return loader == null;
    }

    /** A call into a provider. */
    interface Call<T, E extends Exception> {
        T call() throws E;
    }

    /** Makes a call into a provider from here, with the context class loader that it expects. */
    <T, E extends Exception> T call(Call<T, E> call) throws E {
        if (loader == null) {
            return call.call();
        }
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            return call.call();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** A table or an open device uses a provider from here. */
    void addUser() {
        users.getAndIncrement();
    }

    void removeUser() {
        users.getAndDecrement();
    }

    boolean isUsed() {
        return users.get() != 0;
    }
}
