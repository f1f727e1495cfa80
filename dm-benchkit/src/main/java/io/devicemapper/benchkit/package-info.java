/** Benchmarks of devices and targets: extend {@link io.devicemapper.benchkit.TargetBenchmark}. */
package io.devicemapper.benchkit;
