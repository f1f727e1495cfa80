/**
 * What decides which of several paths to one disk a bio takes: a {@link io.devicemapper.path.PathSelector} is offered by a jar, and
 * used by the target {@code multipath}.
 */
package io.devicemapper.path;
