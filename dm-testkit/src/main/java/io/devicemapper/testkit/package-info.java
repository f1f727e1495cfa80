/**
 * What tests of targets and devices need: devices that {@linkplain io.devicemapper.testkit.FaultDevice fail on demand} or
 * {@linkplain io.devicemapper.testkit.RecordingDevice record} what came, content that {@linkplain io.devicemapper.testkit.SectorPattern
 * says where it belongs}, and a reader for {@linkplain io.devicemapper.testkit.GoldenFile records} of what a kernel did.
 */
package io.devicemapper.testkit;
