package io.devicemapper.persistent;

import java.util.List;

/**
 * What a check found.
 *
 * @param problems what is damaged, in the order found: each says which structure, which block, and which keys or elements are lost
 * @param leaks blocks that are counted more often than they are referred to: space that is lost, no data
 * @param blocks how many blocks the space map counts
 * @param usedBlocks how many of them are referred to
 */
public record CheckReport(List<String> problems, List<String> leaks, long blocks, long usedBlocks) {
    /** After so many problems no more are told. */
    public static final int MAX_PROBLEMS = 1000;

    /** Copies the lists. */
    public CheckReport {
        problems = List.copyOf(problems);
        leaks = List.copyOf(leaks);
    }

    /** Whether nothing is wrong, leaks included. */
    public boolean isClean() {
        return problems.isEmpty() && leaks.isEmpty();
    }
}
