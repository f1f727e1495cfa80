/** Compares {@code dm serve} with other NBD servers, each a process of its own, under the same clients. */
package io.devicemapper.benchmarks.peers;
