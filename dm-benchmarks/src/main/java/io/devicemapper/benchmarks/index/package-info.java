/** The B-tree of dm-persistent-data against other indexes of the JVM. */
package io.devicemapper.benchmarks.index;
