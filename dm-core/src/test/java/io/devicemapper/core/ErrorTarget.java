package io.devicemapper.core;

import io.devicemapper.block.BioStatus;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetFeature;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.util.Set;

/** What a forced removal, and a wipe, put in the place of a table. */
final class ErrorTarget implements TargetType<Void> {
    @Override
    public String name() {
        return "error";
    }

    @Override
    public Version version() {
        return new Version(1, 0, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public Set<TargetFeature> features() {
        return Set.of(TargetFeature.WILDCARD);
    }

    @Override
    public Void ctr(DmTarget<Void> ti, TargetArgs args) {
        return null;
    }

    @Override
    public MapResult map(DmTarget<Void> ti, TargetBio bio) {
        return bio.complete(BioStatus.IO);
    }
}
