package io.devicemapper.cli;

import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.nio.charset.StandardCharsets;

/** Has a key among its arguments, answers messages, and passes data on as it is. */
final class KeyedTarget implements TargetType<KeyedTarget.Mapping> {
    record Mapping(String cipher, String key, String ivOffset, DmDev dev, long startSector) {}

    @Override
    public String name() {
        return "keyed";
    }

    @Override
    public Version version() {
        return new Version(1, 24, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public Mapping ctr(DmTarget<Mapping> ti, TargetArgs args) throws TargetException {
        args.expectCount(5, "<cipher> <key> <iv_offset> <dev> <start>");
        return new Mapping(
                args.next("cipher"),
                new String(args.secret("key"), StandardCharsets.US_ASCII),
                args.next("iv_offset"),
                args.device("dev"),
                args.sector("start"));
    }

    @Override
    public MapResult map(DmTarget<Mapping> ti, TargetBio bio) {
        return bio.remap(ti.state().dev, ti.state().startSector + bio.sector());
    }

    @Override
    public String status(DmTarget<Mapping> ti, StatusType type) {
        return type == StatusType.INFO
                ? ""
                : table(ti, "0".repeat(ti.state().key.length()));
    }

    @Override
    public String tableWithKeys(DmTarget<Mapping> ti) {
        return table(ti, ti.state().key);
    }

    private static String table(DmTarget<Mapping> ti, String key) {
        Mapping mapping = ti.state();
        return String.join(
                " ",
                mapping.cipher,
                key,
                mapping.ivOffset,
                mapping.dev.tableName(),
                Long.toString(mapping.startSector));
    }

    @Override
    public String message(DmTarget<Mapping> ti, TargetArgs args) throws TargetException {
        if (args.next("word").equals("echo")) {
            return String.join("|", args.rest());
        }
        ti.event();
        return "";
    }
}
