/** Conformance tests, and devices that fail on demand. */
package io.devicemapper.testkit;
