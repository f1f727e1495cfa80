/**
 * The targets {@code linear}, {@code striped}, {@code zero} and {@code error}. A good place to see how a target is written: begin with
 * {@code LinearTarget}.
 */
package io.devicemapper.targets.linear;
