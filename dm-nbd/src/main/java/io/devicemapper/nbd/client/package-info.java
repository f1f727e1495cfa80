/**
 * NBD exports as block devices: the schemes {@code nbd:} and {@code nbd+unix:}. One connection carries many requests, and is
 * made again when it breaks.
 */
package io.devicemapper.nbd.client;
