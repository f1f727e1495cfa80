package io.devicemapper.core;

import java.util.List;

/** A table, as an operator sees it. Safe for use by several threads; usable until the table is gone. */
public interface TableView {
    /** Whether the device is read-only with this table. */
    boolean readOnly();

    /** Size in sectors. */
    long sectors();

    /** The targets in sector order. */
    List<? extends TargetView> targets();

    /** The lower devices, the most recently opened first, each once. */
    List<Dependency> dependencies();
}
