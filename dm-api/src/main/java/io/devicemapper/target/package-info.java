/**
 * What the author of a target implements ({@link io.devicemapper.target.TargetType}) and is given.
 *
 * <p>Names follow the Linux device mapper, {@code drivers/md} and dmsetup(8).
 */
package io.devicemapper.target;
