package io.devicemapper.persistent;

/** Is told of the structures that a superblock refers to. */
public interface StructureVisitor {
    /**
     * A B-tree whose values refer to no blocks.
     *
     * @param name what messages call it
     * @param root the root's block
     * @param valueBytes bytes in a value
     */
    void tree(String name, long root, int valueBytes) throws MetadataException;

    /**
     * An array.
     *
     * @param name what messages call it
     * @param root the root's block
     * @param elementBytes bytes in an element: 4 or 8
     * @param elements how many there must be; -1 if any number will do
     */
    void array(String name, long root, int elementBytes, long elements) throws MetadataException;

    /**
     * A {@link DataSpaceMap}.
     *
     * @param name what messages call it
     * @param superblock block 0
     * @param offset where in it the space map's root is
     */
    void dataSpaceMap(String name, byte[] superblock, int offset) throws MetadataException;
}
