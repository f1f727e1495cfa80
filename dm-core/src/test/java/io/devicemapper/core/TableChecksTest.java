package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.target.DmTarget;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetFeature;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which tables are refused, in which words, and that a refused table leaves nothing behind. */
class TableChecksTest {
    private final MemoryDevice a = new MemoryDevice("a", 1000);
    private final ScriptedTarget plain = new ScriptedTarget("plain");
    private final ScriptedTarget single = new ScriptedTarget("single", TargetFeature.SINGLETON);
    private final ScriptedTarget writeable = new ScriptedTarget("writeable", TargetFeature.ALWAYS_WRITEABLE);
    private final ScriptedTarget immutable = new ScriptedTarget("immutable", TargetFeature.IMMUTABLE);
    private final ScriptedTarget other = new ScriptedTarget("other", TargetFeature.IMMUTABLE);
    private final ScriptedTarget wildcard = new ScriptedTarget("wildcard", TargetFeature.WILDCARD);
    private DeviceMapper dm;

    @BeforeEach
    void open() {
        dm = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(plain)
                .targetType(single)
                .targetType(writeable)
                .targetType(immutable)
                .targetType(other)
                .targetType(wildcard)
                .device("a", a)
                .build();
    }

    @AfterEach
    void close() throws DmException {
        dm.close();
        for (ScriptedTarget type : List.of(plain, single, writeable, immutable, other, wildcard)) {
            assertEquals(
                    type.life().stream().filter("ctr"::equals).count(),
                    type.life().stream().filter("dtr"::equals).count(),
                    type.name());
        }
    }

    private void refused(String expected, String table) {
        DmException refused = assertThrows(DmException.class, () -> dm.create("vol", table));
        assertEquals(DmError.INVALID, refused.error());
        assertEquals("vol: " + expected, refused.getMessage());
        assertTrue(dm.devices().isEmpty());
        assertTrue(dm.targets().stream().allMatch(t -> t.tablesInUse() == 0));
    }

    @Test
    void placesAndTypesOfLines() {
        refused("table line 1: plain: Gap in table (starts at sector 1, expected 0)", "1 8 plain a 0");
        refused("table line 2: plain: Gap in table (starts at sector 9, expected 8)", "0 8 plain a 0\n9 8 plain a 0");
        refused(
                "table line 2: plain: Gap in table (starts at sector 7, expected 8: overlap)",
                "0 8 plain a 0\n7 8 plain a 0");
        refused("table line 2: zero-length target", "0 8 plain a 0\n8 0 plain a 0");
        refused(
                "table line 1: too large device (it would end at sector 18014398509481984, at most 18014398509481983 are"
                        + " possible)",
                "18014398509481983 1 plain a 0");
        refused(
                "table line 1: nosuch: unknown target type; known: immutable, other, plain, single, wildcard, writeable",
                "0 8 nosuch a 0");
    }

    @Test
    void argumentsOfTargets() {
        refused("table line 1: plain: Invalid argument count (expected 2: <dev> <start>, found 0)", "0 8 plain");
        refused("table line 1: plain: Invalid argument count (expected 2: <dev> <start>, found 3)", "0 8 plain a 0 0");
        refused(
                "table line 1: plain: Invalid device sector (argument 2 <start>: expected a decimal number of sectors, found"
                        + " '0x1')",
                "0 8 plain a 0x1");
        refused(
                "table line 2: plain: Device lookup failed (argument 1 <dev>: 'nosuch': no provider for files is installed)",
                "0 8 plain a 0\n8 8 plain nosuch 0");
        refused(
                "table line 1: plain: Device lookup failed (argument 1 <dev>: 'rma:x': unknown scheme 'rma', known: ; a file"
                        + " is named by its path or file:PATH)",
                "0 8 plain rma:x 0");
        refused(
                "table line 1: plain: Device lookup failed (argument 1 <dev>: '/dev/mapper/nosuch': no such device)",
                "0 8 plain /dev/mapper/nosuch 0");
        refused(
                "table line 1: plain: Device lookup failed (argument 1 <dev>: '253:77': no such device)",
                "0 8 plain 253:77 0");
    }

    @Test
    void aSingletonStandsAlone() throws Exception {
        refused(
                "table line 2: single: singleton target type must appear alone in table",
                "0 8 plain a 0\n8 8 single a 0");
        refused("table line 2: target type single must appear alone in table", "0 8 single a 0\n8 8 plain a 0");
        refused("table line 2: target type single must appear alone in table", "0 8 single a 0\n8 8 single a 0");
        dm.create("vol", "0 8 single a 0");
    }

    @Test
    void anAlwaysWriteableTypeNeedsAWritableTable() throws Exception {
        DmException refused = assertThrows(
                DmException.class,
                () -> dm.create(CreateRequest.named("vol").readOnly(true).table("0 8 writeable a 0")));
        assertEquals(
                "vol: table line 1: writeable: target type may not be included in a read-only table",
                refused.getMessage());
        dm.create("vol", "0 8 writeable a 0");
    }

    @Test
    void anImmutableTypeIsNotMixedAndNotReplacedButByAWildcard() throws Exception {
        refused(
                "table line 2: plain: immutable target type cannot be mixed with other target types",
                "0 8 immutable a 0\n8 8 plain a 0");
        refused(
                "table line 2: immutable: immutable target type cannot be mixed with other target types",
                "0 8 plain a 0\n8 8 immutable a 0");
        refused(
                "table line 2: other: immutable target type cannot be mixed with other target types",
                "0 8 immutable a 0\n8 8 other a 0");
        MappedDevice device = dm.create("vol", "0 8 immutable a 0\n8 8 immutable a 8");
        DmException refused = assertThrows(DmException.class, () -> dm.load("vol", "0 8 plain a 0"));
        assertEquals("vol: can't replace immutable target type immutable", refused.getMessage());
        assertThrows(DmException.class, () -> dm.load("vol", "0 8 other a 0"));
        assertTrue(device.inactiveTable().isEmpty());
        dm.load("vol", "0 8 immutable a 100");
        dm.resume("vol");
        dm.load("vol", "0 8 wildcard a 0");
        dm.resume("vol");
        dm.load("vol", "0 8 plain a 0");
        dm.resume("vol");
        assertEquals("plain", device.liveTable().orElseThrow().targets().get(0).typeName());
    }

    @Test
    void aTableWithoutLinesCannotBeLoaded() throws Exception {
        MappedDevice device = dm.create("vol", "# nothing\n");
        assertTrue(device.liveTable().isEmpty());
        assertFalse(device.isSuspended());
        DmException refused = assertThrows(DmException.class, () -> dm.load("vol", "\n# nothing\n"));
        assertEquals("vol: no targets specified: the table has no lines", refused.getMessage());
    }

    @Test
    void whatATargetSaysInSeveralLinesIsToldInOne() {
        plain.settings = ti -> {
            throw new IllegalStateException("first line\r\n   second line\n");
        };
        refused(
                "table line 1: plain: Unknown error (ctr threw java.lang.IllegalStateException: first line second line)",
                "0 8 plain a 0");
    }

    @Test
    void wordsThatATargetDoesNotReadAreTooMany() throws Exception {
        single.settings = ti -> {};
        LoadRequest request = LoadRequest.of("0 8 greedy a 0 1 2");
        ScriptedTarget greedy = new ScriptedTarget("greedy") {
            @Override
            public State ctr(DmTarget<State> ti, TargetArgs args) throws TargetException {
                note("ctr");
                return new State(args.device("dev"), args.sector("start"));
            }
        };
        try (DeviceMapper own = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(greedy)
                .device("a", a)
                .build()) {
            own.create(CreateRequest.named("vol"));
            DmException refused = assertThrows(DmException.class, () -> own.load("vol", request));
            assertEquals(
                    "vol: table line 1: greedy: Too many arguments (2 left over behind the 2 that were expected)",
                    refused.getMessage());
        }
        assertEquals(List.of("ctr", "dtr"), greedy.life());
    }
}
