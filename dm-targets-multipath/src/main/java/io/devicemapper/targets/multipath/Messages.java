package io.devicemapper.targets.multipath;

import io.devicemapper.target.DmDev;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.List;
import java.util.Locale;

/** Carries out messages: the kernel's, and two of ours about writes in doubt. */
final class Messages {
    private final Multipath multipath;
    private final PathGroups groups;

    Messages(Multipath multipath) {
        this.multipath = multipath;
        this.groups = multipath.groups();
    }

    private interface PathAction {
        void on(GroupPath path);
    }

    String carryOut(TargetArgs args) throws TargetException {
        if (multipath.isSuspended()) {
            throw new TargetException("Device or resource busy: no messages while the device is suspended");
        }
        String verb = args.hasNext() ? args.next("message").toLowerCase(Locale.ROOT) : "";
        if (args.size() == 1) {
            switch (verb) {
                case "queue_if_no_path" -> {
                    multipath.queue().want();
                    return "";
                }
                case "fail_if_no_path" -> {
                    multipath.queue().fail();
                    return "";
                }
                case "in_doubt" -> {
                    return multipath.doubts().status();
                }
                default -> {
                    // The others have an argument.
                }
            }
        }
        if (args.size() != 2) {
            throw new TargetException(
                    "Invalid multipath message arguments. Expected 2 arguments, got " + args.size() + ".");
        }
        switch (verb) {
            case "disable_group" -> bypass(args, true);
            case "enable_group" -> bypass(args, false);
            case "switch_group" -> {
                groups.switchTo(group(args, "switch_pg_num"));
                multipath.ti().event();
            }
            case "fail_path" -> onPath(args, multipath::fail);
            case "reinstate_path" -> onPath(args, multipath::reinstate);
            case "end_doubt" -> onPath(args, path -> multipath.doubts().end(path.toString()));
            default ->
                throw new TargetException("Unrecognised multipath message received: " + verb
                        + " (known: disable_group, enable_group, end_doubt, fail_if_no_path, fail_path, in_doubt,"
                        + " queue_if_no_path, reinstate_path, switch_group)");
        }
        return "";
    }

    private void bypass(TargetArgs args, boolean whether) throws TargetException {
        groups.bypass(group(args, "bypass_pg"), whether);
        multipath.ti().event();
    }

    private PathGroup group(TargetArgs args, String where) throws TargetException {
        int number = (int) args.number("group", 1, groups.all().size(), "invalid PG number supplied to " + where);
        return groups.all().get(number - 1);
    }

    private void onPath(TargetArgs args, PathAction action) throws TargetException {
        DmDev dev = args.device("dev", multipath.ti().table().mode(), "message: error getting device");
        List<GroupPath> paths =
                groups.paths().stream().filter(path -> path.dev() == dev).toList();
        paths.forEach(action::on);
    }
}
