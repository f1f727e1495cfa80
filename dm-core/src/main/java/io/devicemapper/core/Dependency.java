package io.devicemapper.core;

import java.util.Optional;

/**
 * A lower device of a table.
 *
 * @param name as the table line has it
 * @param mapped the mapped device that it is, if it is one
 */
public record Dependency(String name, Optional<MappedDevice> mapped) {}
