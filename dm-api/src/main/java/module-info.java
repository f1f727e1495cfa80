/** Block devices, bios, and the interfaces that targets implement. */
module io.devicemapper.api {}
