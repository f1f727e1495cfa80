package io.devicemapper.targets.crypt;

/** Makes IVs of sector numbers. Safe for use by several threads. */
interface IvGenerator {
    /**
     * Makes the IVs of units in a row.
     *
     * @param ivSector the number of the first unit, unsigned
     * @param step by how much the number grows from unit to unit
     * @param units how many
     * @param ivs takes the IVs, one behind the other
     */
    void generate(long ivSector, int step, int units, byte[] ivs);

    /** Drops what was made of the key. */
    default void close() {}
}
