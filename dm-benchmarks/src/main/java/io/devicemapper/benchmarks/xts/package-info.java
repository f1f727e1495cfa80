/** AES-XTS beside its rivals: {@link io.devicemapper.benchmarks.xts.XtsTable} is where to begin. */
package io.devicemapper.benchmarks.xts;
