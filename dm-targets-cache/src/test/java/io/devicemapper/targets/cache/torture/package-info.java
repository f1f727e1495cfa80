/** Tests that see a cache as its users do, as a table line over three devices, and are out to break it. */
package io.devicemapper.targets.cache.torture;
