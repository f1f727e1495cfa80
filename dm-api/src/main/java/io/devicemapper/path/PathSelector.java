package io.devicemapper.path;

import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;

/**
 * A way to spread bios over the paths of a group: the kernel's {@code struct path_selector_type}. Found by
 * {@link java.util.ServiceLoader}; needs a public constructor without arguments, or a static {@code provider()} method.
 *
 * <p>A selector is stateless: one instance serves every path group. The state of a group is the {@link PathSelection} that it makes.
 */
public interface PathSelector {
    /** The name as written in a table line, such as {@code round-robin}. */
    String name();

    /** The API level that this selector was compiled against: always {@code return DmApi.LEVEL;}. */
    int apiLevel();

    /** How many arguments a path has in TABLE status. */
    int tableArgs();

    /** How many figures a path has in INFO status. */
    int infoArgs();

    /**
     * Makes the state of one group.
     *
     * @param args the group's arguments; what is not read is ignored, as in the kernel
     * @throws TargetException if they are wrong
     */
    PathSelection select(TargetArgs args) throws TargetException;
}
