package io.devicemapper.targets.multipath;

import io.devicemapper.path.PathSelection;
import io.devicemapper.path.PathSelector;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Reads a table line, in the order and the wording of the kernel's:
 *
 * <pre>
 * &lt;#features&gt; &lt;feature&gt;… &lt;#handler args&gt; [&lt;handler&gt; &lt;arg&gt;…] &lt;#groups&gt; &lt;initial group&gt;
 * ( &lt;selector&gt; &lt;#selector args&gt; &lt;arg&gt;… &lt;#paths&gt; &lt;#path args&gt; ( &lt;dev&gt; &lt;path arg&gt;… )… )…
 * </pre>
 */
final class MultipathParser {
    /** The most of anything that is counted. */
    private static final int MOST = 1024;

    /** Those of this module, which nobody replaces, and which are there where nobody looks for providers. */
    private static final List<PathSelector> OWN = List.of(
            new HistoricalServiceTimeSelector(),
            new IoAffinitySelector(),
            new QueueLengthSelector(),
            new RoundRobinSelector(),
            new ServiceTimeSelector());

    private final DmTarget<?> ti;
    private final TargetArgs args;

    MultipathParser(DmTarget<?> ti, TargetArgs args) {
        this.ti = ti;
        this.args = args;
    }

    Features features() throws TargetException {
        Features features =
                Features.parse(args.group("#features", Features.MOST_WORDS, "invalid number of feature args"));
        TargetArgs handler = args.group("#handler args", MOST, "invalid number of hardware handler args");
        if (handler.hasNext()) {
            String name = handler.next("handler");
            if (features.queueMode() != QueueMode.BIO) {
                throw new TargetException("error attaching hardware handler ('" + name
                        + "': there is none here; with queue_mode bio it is ignored)");
            }
            ti.log().log(Level.WARNING, () -> ti.deviceName() + ": multipath: hardware handler " + name + " ignored");
            handler.rest();
        }
        return features;
    }

    PathGroups groups() throws TargetException {
        int count = (int) args.number("#groups", 0, MOST, "invalid number of priority groups");
        int initial = (int) args.number("initial group", 0, MOST, "invalid initial priority group number");
        if ((count == 0) != (initial == 0)) {
            throw args.error(
                    "invalid initial priority group",
                    "initial group",
                    count == 0 ? "0, since there is no group" : "a number from 1 to " + count);
        }
        List<PathGroup> groups = new ArrayList<>();
        while (args.hasNext()) {
            groups.add(group(groups.size() + 1));
        }
        if (groups.size() != count) {
            throw new TargetException(
                    "priority group count mismatch (expected " + count + " groups, found " + groups.size() + ")");
        }
        return new PathGroups(groups, initial >= 1 && initial <= count ? groups.get(initial - 1) : null);
    }

    private PathGroup group(int number) throws TargetException {
        if (args.remaining() < 2) {
            throw new TargetException("not enough priority group arguments (expected <selector> <#selector args> of"
                    + " group " + number + ", found '" + args.next("selector") + "' alone)");
        }
        PathSelector selector = selector();
        TargetArgs selectorArgs = args.group("#selector args", MOST, "invalid number of path selector args");
        PathSelection selection;
        try {
            selection = selector.select(selectorArgs);
        } catch (TargetException e) {
            throw new TargetException(
                    "path selector constructor failed (" + selector.name() + ": " + e.getMessage() + ")", e);
        }
        PathGroup group = new PathGroup(number, selector, selection);
        int pathCount = (int) args.number("#paths", 1, MOST, "invalid number of paths");
        int pathArgs = (int) args.number("#path args", 0, MOST, "invalid number of selector args");
        List<GroupPath> paths = new ArrayList<>();
        for (int path = 0; path < pathCount; path++) {
            if (args.remaining() < 1 + pathArgs) {
                throw new TargetException("not enough path parameters (expected " + pathCount
                        + " paths of <dev> and " + pathArgs + " arguments in group " + number + ", found "
                        + args.remaining() + " words for path " + (path + 1) + ")");
            }
            TargetArgs dev = args.take(1);
            // The device last: to claim one may make a file, which a bad argument must not leave behind.
            selection.addPath(path, args.take(pathArgs));
            paths.add(new GroupPath(group, path, dev.device("dev", ti.table().mode(), "error getting device")));
        }
        group.paths(paths);
        return group;
    }

    private PathSelector selector() throws TargetException {
        String name = args.next("selector");
        List<PathSelector> known = new ArrayList<>(OWN);
        known.addAll(ti.providers(PathSelector.class));
        for (PathSelector selector : known) {
            if (selector.name().equals(name)) {
                return selector;
            }
        }
        throw args.error(
                "unknown path selector type",
                "selector",
                "one of "
                        + known.stream()
                                .map(PathSelector::name)
                                .distinct()
                                .sorted()
                                .collect(Collectors.joining(", ")));
    }
}
