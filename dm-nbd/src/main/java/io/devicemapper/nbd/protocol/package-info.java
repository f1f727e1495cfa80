/**
 * The NBD wire protocol in numbers and strings, for the server and the client of this module alone.
 *
 * <p>Everything here is a fact of the NBD protocol document; all integers on the wire are big-endian.
 *
 * @see <a href="https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md">The NBD protocol</a>
 */
package io.devicemapper.nbd.protocol;
