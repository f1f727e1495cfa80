/** The target {@code multipath}: one disk that stays up while its paths fail and come back. docs/multipath.md tells how to use it. */
package io.devicemapper.targets.multipath;
