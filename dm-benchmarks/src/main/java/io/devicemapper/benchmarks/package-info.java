/** Benchmarks of the data path. */
package io.devicemapper.benchmarks;
