package io.devicemapper.core;

import io.devicemapper.target.DmApi;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/** Keeps out providers that were compiled against a newer dm-api than the host's, of every service of dm-api that has its providers tell. */
final class ApiLevelCheck {
    private ApiLevelCheck() {}

    /**
     * Asks a provider for its level.
     *
     * @param source where it came from
     * @param service what it provides
     * @return why it is refused, or null if it is not
     */
    static String refusal(ProviderSource source, Class<?> service, Object provider) {
        if (service.getClassLoader() != DmApi.class.getClassLoader()) {
            return null; // somebody else's service, with rules of its own
        }
        Method apiLevel;
        try {
            apiLevel = service.getMethod("apiLevel");
        } catch (NoSuchMethodException e) {
            return null;
        }
        String name = provider.getClass().getName();
        try {
            Object level = source.call(() -> apiLevel.invoke(provider));
            return level instanceof Integer number && number > DmApi.LEVEL
                    ? name + " needs API level " + number + ", this host has " + DmApi.LEVEL
                    : null;
        } catch (InvocationTargetException e) {
            return name + " failed to say what it is: " + ThrownText.of(e.getCause());
        } catch (ReflectiveOperationException e) {
            return name + " cannot be asked what it is: " + ThrownText.of(e);
        }
    }
}
