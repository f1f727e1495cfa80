/** The targets linear, striped, zero and error. */
package io.devicemapper.targets.linear;
