/** The replacement policies {@code smq} and {@code lru}, and what lets a cache call a policy from many threads. */
package io.devicemapper.targets.cache.policy;
