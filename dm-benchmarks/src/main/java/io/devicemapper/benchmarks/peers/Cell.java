package io.devicemapper.benchmarks.peers;

/**
 * One kind of load in a contest, and what our server is to reach there.
 *
 * @param name names it in tables and on the command line
 * @param load the load
 * @param leastRate the goal for our requests per second in proportion to nbdkit's; 0 for none
 * @param mostCpu the goal for our processor time per request in proportion to nbdkit's; infinite for none
 */
record Cell(String name, Load load, double leastRate, double mostCpu) {
    static Cell of(String name, Load load) {
        return new Cell(name, load, 0, Double.POSITIVE_INFINITY);
    }

    Cell goalForRate(double least) {
        return new Cell(name, load, least, mostCpu);
    }

    Cell goalForCpu(double most) {
        return new Cell(name, load, leastRate, most);
    }
}
