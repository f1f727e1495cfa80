package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.target.StatusType;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What status tells. */
interface StatusRules extends Rules {
    @Test
    default void sta01_tableTextMakesTheSameTarget(TargetRig rig) throws Exception {
        rig.needs(Behavior.TABLE_ROUND_TRIP);
        rig.io().fill();
        String text = rig.tableText();
        byte[] content = rig.has(Behavior.READS) ? rig.io().read(0, (int) rig.len()) : new byte[0];
        List<?> dependencies = rig.device().liveTable().orElseThrow().dependencies();
        rig.remove();
        rig.deviceMapper().create(TargetRig.DEVICE, rig.table(text));
        assertEquals(text, rig.tableText(), "TABLE text of a target made from TABLE text");
        assertEquals(dependencies, rig.device().liveTable().orElseThrow().dependencies(), "its devices");
        if (rig.has(Behavior.READS)) {
            byte[] found = rig.io().read(0, (int) rig.len());
            for (int i = 0; i < rig.len(); i++) {
                Content.assertSame(
                        Content.sector(content, i),
                        Content.sector(found, i),
                        "sector " + i + " of a target made from the TABLE text '" + text + "'");
            }
        }
    }

    @Test
    default void sta02_tableTextKeepsNamesWithBlanks(TargetRig usual) throws Exception {
        usual.needs(Behavior.TABLE_ROUND_TRIP);
        TargetRig rig = usual.another(usual.setup().withPlace("with blank and \\ "));
        if (rig.args().contains("bed:")) {
            String text = rig.tableText();
            rig.remove();
            rig.deviceMapper().create(TargetRig.DEVICE, rig.table(text));
            assertEquals(text, rig.tableText(), "TABLE text of a target made from TABLE text");
        }
    }

    @Test
    default void sta03_textsAreOneLineAtAnyTime(TargetRig usual) throws Exception {
        WatchedType<?> watch = WatchedType.of(usual.type());
        TargetRig rig = usual.watched(watch);
        rig.device();
        askAll(rig);
        rig.deviceMapper().load(TargetRig.DEVICE, rig.table());
        rig.target(rig.device().inactiveTable().orElseThrow()).status(StatusType.TABLE);
        rig.target(rig.device().inactiveTable().orElseThrow()).status(StatusType.INFO);
        rig.deviceMapper().suspend(TargetRig.DEVICE);
        askAll(rig);
        rig.deviceMapper().resume(TargetRig.DEVICE);
        askAll(rig);
        rig.bed().power().cut();
        askAll(rig);
        rig.bed().power().restore();
        assertEquals(List.of(), watch.statusFaults(), "texts that are missing, or not one line without blanks around");
    }

    @Test
    default void sta04_tableTextStaysTheSame(TargetRig rig) throws Exception {
        String before = rig.tableText();
        rig.io().fill();
        if (rig.has(Behavior.READS)) {
            rig.io().verifyAll();
        }
        assertEquals(before, rig.tableText(), "TABLE text after I/O");
        rig.deviceMapper().suspend(TargetRig.DEVICE);
        assertEquals(before, rig.tableText(), "TABLE text while suspended");
        rig.deviceMapper().resume(TargetRig.DEVICE);
        assertEquals(before, rig.tableText(), "TABLE text after a resume");
    }

    @Test
    default void sta05_statusIsToldWhileBiosAreUnderWay(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        rig.device();
        List<HeldBios> held = Faults.holdAll(rig);
        Bios.UnderWay read = rig.io()
                .start(
                        BioOp.READ,
                        BioFlags.NONE,
                        0,
                        rig.block(),
                        ByteBuffer.allocate((int) rig.block() * Bio.SECTOR_SIZE));
        Patience.call("status with a bio under way", () -> {
            askAll(rig);
            return null;
        });
        Faults.releaseAll(held);
        read.await();
    }

    private static void askAll(TargetRig rig) throws Exception {
        for (StatusType type : StatusType.values()) {
            rig.target().status(type);
        }
        rig.target().tableWithKeys();
    }
}
