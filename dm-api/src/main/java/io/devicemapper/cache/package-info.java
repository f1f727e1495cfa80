/**
 * What decides which blocks of a slow device a cache keeps: a {@link io.devicemapper.cache.CachePolicy} is offered by a jar, and used
 * by the target {@code cache}.
 */
package io.devicemapper.cache;
