/**
 * An NBD server for any {@link io.devicemapper.block.BlockDevice}: {@link io.devicemapper.nbd.server.NbdServer} listens and
 * speaks the protocol, {@link io.devicemapper.nbd.server.NbdExports} says what there is to serve.
 */
package io.devicemapper.nbd.server;
