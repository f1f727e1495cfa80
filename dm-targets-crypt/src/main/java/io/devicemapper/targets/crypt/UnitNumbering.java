package io.devicemapper.targets.crypt;

import io.devicemapper.block.Bio;

/**
 * How units are counted.
 *
 * @param unitBytes length of an encryption unit: 512, 1024, 2048 or 4096
 * @param large whether IVs count units, and not sectors of 512 bytes
 */
record UnitNumbering(int unitBytes, boolean large) {
    /** Sectors in a unit. */
    int unitSectors() {
        return unitBytes >> Bio.SECTOR_SHIFT;
    }

    /** The number that the IV of a unit is made of. */
    long ivSector(long sector) {
        return large ? sector >>> Integer.numberOfTrailingZeros(unitSectors()) : sector;
    }

    /** By how much that number grows from one unit to the next. */
    int ivStep() {
        return large ? 1 : unitSectors();
    }
}
