/** The NBD server, and NBD exports as block devices. */
package io.devicemapper.nbd;
