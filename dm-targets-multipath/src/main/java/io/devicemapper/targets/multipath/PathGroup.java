package io.devicemapper.targets.multipath;

import io.devicemapper.path.PathSelection;
import io.devicemapper.path.PathSelector;
import io.devicemapper.target.StatusType;
import java.util.List;

/** Paths that are used side by side. Made by {@link MultipathParser}. */
final class PathGroup {
    private final int number;
    private final PathSelector selector;
    private final PathSelection selection;
    private GroupPath[] paths = {};
    private volatile boolean bypassed;

    /** @param number from 1 on, as in messages and status lines */
    PathGroup(int number, PathSelector selector, PathSelection selection) {
        this.number = number;
        this.selector = selector;
        this.selection = selection;
    }

    void paths(List<GroupPath> all) {
        paths = all.toArray(GroupPath[]::new);
    }

    int number() {
        return number;
    }

    List<GroupPath> paths() {
        return List.of(paths);
    }

    PathSelection selection() {
        return selection;
    }

    /** Whether it is used only if no other group has a path. */
    boolean isBypassed() {
        return bypassed;
    }

    void bypass(boolean whether) {
        bypassed = whether;
    }

    boolean hasActivePath() {
        for (GroupPath path : paths) {
            if (path.isActive()) {
                return true;
            }
        }
        return false;
    }

    /** The selector's choice among the usable paths; null if there is none. */
    GroupPath choose(long bytes) {
        // A path may fail between the selector's look and ours; each time there is one less.
        for (int i = 0; i <= paths.length; i++) {
            int choice = selection.next(bytes);
            if (choice < 0 || choice >= paths.length) {
                return null;
            }
            if (paths[choice].isActive()) {
                return paths[choice];
            }
        }
        return null;
    }

    /** The group in a table line. */
    void appendTable(StringBuilder line) {
        line.append(selector.name())
                .append(' ')
                .append(selection.groupStatus(StatusType.TABLE))
                .append(' ')
                .append(paths.length)
                .append(' ')
                .append(selector.tableArgs())
                .append(' ');
        for (GroupPath path : paths) {
            line.append(path.dev().tableName()).append(' ');
            appendWords(line, selection.pathStatus(path.number(), StatusType.TABLE));
        }
    }

    /** The group in a status line. */
    void appendInfo(StringBuilder line, boolean current) {
        line.append(bypassed ? 'D' : current ? 'A' : 'E')
                .append(' ')
                .append(selection.groupStatus(StatusType.INFO))
                .append(' ')
                .append(paths.length)
                .append(' ')
                .append(selector.infoArgs())
                .append(' ');
        for (GroupPath path : paths) {
            line.append(path.dev().tableName())
                    .append(path.isActive() ? " A " : " F ")
                    .append(path.failCount())
                    .append(' ');
            appendWords(line, selection.pathStatus(path.number(), StatusType.INFO));
        }
    }

    private static void appendWords(StringBuilder line, String words) {
        if (!words.isEmpty()) {
            line.append(words).append(' ');
        }
    }
}
