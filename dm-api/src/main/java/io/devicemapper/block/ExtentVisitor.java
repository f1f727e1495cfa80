package io.devicemapper.block;

/** Is shown the extents of a range, in order. */
@FunctionalInterface
public interface ExtentVisitor {
    /**
     * One extent.
     *
     * @param sector its first sector, where the last one ended
     * @param sectors its length in sectors, at least 1
     * @param type what it holds
     * @return whether to go on
     */
    boolean visit(long sector, long sectors, ExtentType type);
}
