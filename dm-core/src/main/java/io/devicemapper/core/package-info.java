/**
 * The device mapper: mapped devices, their tables and targets, and the life cycle of {@code dmsetup(8)}. {@link
 * io.devicemapper.core.DeviceMapper} is where an application begins.
 */
package io.devicemapper.core;
