/** Many paths to one disk. */
module io.devicemapper.targets.multipath {
    requires io.devicemapper.api;

    uses io.devicemapper.path.PathSelector;

    provides io.devicemapper.path.PathSelector with
            io.devicemapper.targets.multipath.HistoricalServiceTimeSelector,
            io.devicemapper.targets.multipath.IoAffinitySelector,
            io.devicemapper.targets.multipath.QueueLengthSelector,
            io.devicemapper.targets.multipath.RoundRobinSelector,
            io.devicemapper.targets.multipath.ServiceTimeSelector;
    provides io.devicemapper.target.TargetType with
            io.devicemapper.targets.multipath.MultipathTarget;
}
