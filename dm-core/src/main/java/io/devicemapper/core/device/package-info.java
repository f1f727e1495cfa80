/** The devices of the host: files, its own block devices, and RAM. */
package io.devicemapper.core.device;
