package io.devicemapper.persistent;

/** A place in a {@link LongBTree}. */
public final class LongCursor extends Cursor {
    LongCursor(Tree tree, Tree.Committed pinned) {
        super(tree, pinned);
    }

    /**
     * The value of the entry that the cursor stands at.
     *
     * @throws IllegalStateException if the cursor stands nowhere
     */
    public long value() {
        return LittleEndian.getLong(leaf(), valueOffset());
    }
}
