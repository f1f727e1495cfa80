/** The sub-commands of dm, and the daemon that they talk to. */
package io.devicemapper.cli;
