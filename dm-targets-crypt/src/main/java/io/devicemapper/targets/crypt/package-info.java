/** The target {@code crypt}. {@code CryptTarget} is where to begin. */
package io.devicemapper.targets.crypt;
