package io.devicemapper.targets.cache.policy;

/**
 * A list of entries of a {@link BlockTable}, doubly linked, in arrays: all operations take constant time. Lists that no entry is in at the
 * same time can share the arrays. 8 bytes an entry.
 */
final class EntryList {
    private final int[] previous;
    private final int[] next;
    private int first = BlockTable.NONE;
    private int last = BlockTable.NONE;
    private int size;

    /** An empty list for a table of so many entries. */
    EntryList(int capacity) {
        previous = new int[capacity];
        next = new int[capacity];
    }

    /** An empty list in the arrays of another one. */
    EntryList(EntryList shared) {
        previous = shared.previous;
        next = shared.next;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The first entry, or {@link BlockTable#NONE}. */
    int first() {
        return first;
    }

    /** The entry behind one of the list, or {@link BlockTable#NONE}. */
    int next(int entry) {
        return next[entry];
    }

    void addLast(int entry) {
        previous[entry] = last;
        next[entry] = BlockTable.NONE;
        if (last == BlockTable.NONE) {
            first = entry;
        } else {
            next[last] = entry;
        }
        last = entry;
        size++;
    }

    void remove(int entry) {
        int before = previous[entry];
        int after = next[entry];
        if (before == BlockTable.NONE) {
            first = after;
        } else {
            next[before] = after;
        }
        if (after == BlockTable.NONE) {
            last = before;
        } else {
            previous[after] = before;
        }
        size--;
    }

    void moveToLast(int entry) {
        if (entry != last) {
            remove(entry);
            addLast(entry);
        }
    }
}
