/** Block devices and the bios that they carry out. */
package io.devicemapper.block;
