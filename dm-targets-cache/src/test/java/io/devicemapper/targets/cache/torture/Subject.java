package io.devicemapper.targets.cache.torture;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.DeviceModel;

/** What is put to the test: the target {@code cache}, or a stand-in that shows what the tests catch. */
interface Subject {
    /** The target type; a new one for each device mapper. */
    TargetType<?> type();

    /** What a metadata device says. */
    MetadataImage read(DeviceModel metadata) throws Exception;
}
