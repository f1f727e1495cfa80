/**
 * The metadata of a cache in the format of Linux's dm-cache, versions 1 and 2, with a stamp that tells whether this program was the last
 * to use it: {@link io.devicemapper.targets.cache.metadata.CacheMetadata}.
 */
package io.devicemapper.targets.cache.metadata;
