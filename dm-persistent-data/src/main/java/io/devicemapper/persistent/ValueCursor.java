package io.devicemapper.persistent;

/**
 * A place in a {@link BTree}.
 *
 * @param <V> the values
 */
public final class ValueCursor<V> extends Cursor {
    private final ValueCodec<V> codec;

    ValueCursor(Tree tree, Tree.Committed pinned, ValueCodec<V> codec) {
        super(tree, pinned);
        this.codec = codec;
    }

    /**
     * The value of the entry that the cursor stands at.
     *
     * @throws IllegalStateException if the cursor stands nowhere
     */
    public V value() {
        return codec.decode(leaf(), valueOffset());
    }
}
