package io.devicemapper.core;

import io.devicemapper.target.Version;

/**
 * A registered target type.
 *
 * @param name as written in a table line
 * @param version the type's version
 * @param apiLevel the API level that it was compiled against
 * @param location where it was found: a jar, a folder, a module, or "built in by the embedder"
 * @param tablesInUse how many live and inactive tables have a target of this type
 */
public record TargetInfo(String name, Version version, int apiLevel, String location, int tablesInUse) {}
