/** {@code dm cache-sim}: replays traces of block devices to any {@link io.devicemapper.cache.CachePolicy}, and says how well it did. */
package io.devicemapper.targets.cache.sim;
