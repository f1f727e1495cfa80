/** Tables, mapped devices, and the devices of the host. */
package io.devicemapper.core;
