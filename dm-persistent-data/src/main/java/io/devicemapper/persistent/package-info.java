/**
 * Copy-on-write B-trees, arrays, bitsets and space maps on any block device, in the on-disk formats of the Linux kernel's
 * {@code drivers/md/persistent-data}. {@link io.devicemapper.persistent.MetadataStore} is where to begin.
 */
package io.devicemapper.persistent;
