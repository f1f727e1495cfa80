package io.devicemapper.core;

import io.devicemapper.target.StatusType;

/** One target of a table, as an operator sees it. Safe for use by several threads. */
public interface TargetView {
    /** First sector on the mapped device. */
    long begin();

    /** Length in sectors. */
    long len();

    /** The target type's name. */
    String typeName();

    /** The target's status text, on one line; empty if it has none, and a text that says so if the target failed to tell. */
    String status(StatusType type);

    /** The arguments that make the same target, with keys in the clear. */
    String tableWithKeys();
}
