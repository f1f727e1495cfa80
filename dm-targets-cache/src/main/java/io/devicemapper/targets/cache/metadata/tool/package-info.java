/** {@code dm meta}: checks, shows, restores and repairs the metadata of caches. */
package io.devicemapper.targets.cache.metadata.tool;
