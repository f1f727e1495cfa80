package io.devicemapper.testkit.wrong;

import io.devicemapper.target.TargetType;
import java.util.List;
import java.util.stream.Stream;

/** Every wrong target there is. */
final class Mistakes {
    private static final List<Class<?>> GROUPS =
            List.of(WrongMappings.class, WrongEndings.class, WrongWords.class, WrongLeftovers.class);

    private Mistakes() {}

    static List<Class<? extends TargetType<?>>> all() {
        return GROUPS.stream()
                .flatMap(group -> Stream.of(group.getDeclaredClasses()))
                .filter(JoinTarget.class::isAssignableFrom)
                .<Class<? extends TargetType<?>>>map(type -> type.asSubclass(JoinTarget.class))
                .sorted((a, b) -> a.getSimpleName().compareTo(b.getSimpleName()))
                .toList();
    }
}
