package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.DmTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** A flush of a target's own that failed is told to the next one from above, once, whatever has become of the target. */
class OwnFlushTest extends LifeCycleBed {
    private final AtomicReference<DmTarget<ScriptedTarget.State>> target = new AtomicReference<>();

    private MappedDevice create() throws DmException {
        one.settings = target::set;
        return dm.create("vol", "0 8 one a 0");
    }

    private static List<BioStatus> flush(MappedDevice device) {
        List<BioStatus> answers = new CopyOnWriteArrayList<>();
        device.submit(Bio.flush((bio, status) -> answers.add(status)));
        return answers;
    }

    @Test
    void itsFailureFailsTheNextFlushOnce() throws Exception {
        MappedDevice device = create();
        long events = device.eventNumber();
        long losses = device.cacheLosses();
        target.get().flushFailed(BioStatus.MEDIUM);
        assertTrue(device.eventNumber() > events);
        assertTrue(device.cacheLosses() > losses);
        assertEquals(List.of(BioStatus.OK), read(device, 0));
        assertEquals(List.of(BioStatus.MEDIUM), flush(device));
        assertEquals(List.of(BioStatus.OK), flush(device));
    }

    @Test
    void itsFailureFailsAFlushUnderWay() throws Exception {
        MappedDevice device = create();
        a.hold();
        List<BioStatus> answers = flush(device);
        target.get().flushFailed(BioStatus.MEDIUM);
        a.release();
        assertEquals(List.of(BioStatus.MEDIUM), answers);
    }

    @Test
    void aFlushThatFailsByItselfDoesNotTellIt() throws Exception {
        MappedDevice device = create();
        target.get().flushFailed(BioStatus.MEDIUM);
        a.answer(bio -> BioStatus.IO);
        assertEquals(List.of(BioStatus.IO), flush(device));
        a.answer(bio -> BioStatus.OK);
        assertEquals(List.of(BioStatus.MEDIUM), flush(device));
    }

    @Test
    void itsFailureOutlivesTheTable() throws Exception {
        MappedDevice device = create();
        one.onPostsuspend = () -> target.get().flushFailed(BioStatus.MEDIUM);
        dm.load("vol", "0 8 two b 0");
        dm.resume("vol");
        assertEquals(List.of(BioStatus.MEDIUM), flush(device));
        assertEquals(List.of(BioStatus.OK), flush(device));
    }

    @Test
    void aFlushThatWaitsForAResumeIsToldIt() throws Exception {
        MappedDevice device = create();
        one.onPostsuspend = () -> target.get().flushFailed(BioStatus.MEDIUM);
        dm.suspend("vol");
        List<BioStatus> answers = flush(device);
        assertEquals(List.of(), answers);
        dm.resume("vol");
        assertEquals(List.of(BioStatus.MEDIUM), answers);
    }

    @Test
    void aRemovalWithoutAnybodyToTellIsLogged() throws Exception {
        List<String> logged = new ArrayList<>();
        Logger logger = Logger.getLogger(MappedDevice.class.getName());
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                logged.add(entry.getMessage());
            }

            @Override
            public void flush() {
                // Nothing is kept back.
            }

            @Override
            public void close() {
                // There is nothing to close.
            }
        };
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        try {
            MappedDevice device = create();
            target.get().flushFailed(BioStatus.MEDIUM);
            flush(device);
            dm.remove("vol");
            assertEquals(List.of(), logged, "somebody was told");
            create();
            target.get().flushFailed(BioStatus.MEDIUM);
            dm.remove("vol");
            assertEquals(1, logged.size());
            assertTrue(logged.get(0).startsWith("vol: removed after a flush has failed"), logged::toString);
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
    }

    @Test
    void whatDidNotFailIsRefused() throws Exception {
        MappedDevice device = create();
        assertThrows(IllegalArgumentException.class, () -> target.get().flushFailed(BioStatus.OK));
        assertFalse(flush(device).contains(BioStatus.IO));
    }
}
