/**
 * Block devices and the bios that are submitted to them: what everybody who uses or provides a device needs.
 *
 * <p>Sectors are 512 bytes everywhere, whatever a device's logical block size is.
 */
package io.devicemapper.block;
