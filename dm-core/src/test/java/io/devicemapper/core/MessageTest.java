package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioStatus;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Messages to targets, also while a suspend waits for bios. */
class MessageTest extends LifeCycleBed {
    @Test
    void messagesReachTheTargetOfTheirSector() throws Exception {
        dm.create("vol", "0 8 one a 0\n8 8 two a 0");
        one.answer = args -> "one got " + args.rest();
        two.answer = args -> "two got " + args.rest();
        assertEquals("one got [hello, my world]", dm.message("vol", 7, " hello my\\ world "));
        assertEquals("two got []", dm.message("vol", 8, ""));
        fails(DmError.INVALID, "vol: message to sector 16: expected 0 to 15", () -> dm.message("vol", 16, "x"));
        two.answer = args -> {
            throw new TargetException("unrecognised");
        };
        fails(DmError.INVALID, "vol: two: unrecognised", () -> dm.message("vol", 8, "x"));
        fails(
                DmError.NOT_SUPPORTED,
                "vol: message '@stats_list': known: @cancel_deferred_remove",
                () -> dm.message("vol", 0, "@stats_list"));
        dm.create(CreateRequest.named("empty"));
        fails(DmError.INVALID, "empty: no live table that could take a message", () -> dm.message("empty", 0, "x"));
    }

    @Test
    void aMessageReachesATargetWhoseBiosASuspendWaitsFor() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        AtomicReference<TargetBio> kept = new AtomicReference<>();
        one.map = (ti, bio) -> {
            kept.set(bio);
            return bio.submitted();
        };
        one.answer = args -> {
            kept.get().complete(BioStatus.TIMEOUT);
            return "given back";
        };
        List<BioStatus> answers = read(device, 0);
        Thread suspender = suspending("vol");
        Thread loader = new Thread(() -> load("vol", "0 8 two a 0"));
        loader.start();
        awaitWaiting(loader);
        assertEquals("given back", dm.message("vol", 0, "let go"));
        suspender.join(20_000);
        loader.join(20_000);
        assertTrue(device.isSuspended());
        assertEquals(List.of(BioStatus.TIMEOUT), answers);
        assertTrue(device.inactiveTable().isPresent(), "the load waited, and came then");
    }

    @Test
    void aRefusedMessageLeavesTheSuspendThatItInterruptsAlone() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        a.hold();
        List<BioStatus> answers = read(device, 0);
        Thread suspender = suspending("vol");
        one.answer = args -> {
            throw new TargetException("unrecognised");
        };
        fails(DmError.INVALID, "vol: one: unrecognised", () -> dm.message("vol", 0, "x"));
        fails(DmError.INVALID, "vol: message to sector 8: expected 0 to 7", () -> dm.message("vol", 8, "x"));
        assertTrue(suspender.isAlive());
        assertFalse(device.isSuspended());
        a.release();
        suspender.join(20_000);
        assertTrue(device.isSuspended());
        assertEquals(List.of(BioStatus.OK), answers);
    }

    private void load(String name, String table) {
        try {
            dm.load(name, table);
        } catch (DmException e) {
            throw new AssertionError(e);
        }
    }
}
