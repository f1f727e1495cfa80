package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Many bios on devices that end them later. */
interface LateAnswerRules extends Rules {
    @Test
    default void con02_threadsAgreeWithAModelWhereDevicesAnswerLate(TargetRig usual) throws Exception {
        usual.needs(Behavior.READS);
        TargetRig rig = usual.another(usual.setup().withLateDevices());
        rig.io().fill();
        new RegionRun(rig).run(Soak.times(60, 20_000));
        rig.io().verifyAll();
    }

    @Test
    default void con04_manyBiosUnderWayAtOnceAllEnd(TargetRig usual) throws Exception {
        usual.needs(Behavior.READS);
        TargetRig rig = usual.another(usual.setup().withLateDevices());
        RigIo io = rig.io();
        io.fill();
        long block = rig.block();
        long blocks = rig.len() / block;
        List<Bios.UnderWay> reads = new ArrayList<>();
        List<byte[]> contents = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            byte[] content = new byte[Math.toIntExact(block * Bio.SECTOR_SIZE)];
            contents.add(content);
            reads.add(io.start(BioOp.READ, BioFlags.NONE, i * 7L % blocks * block, block, ByteBuffer.wrap(content)));
        }
        for (int i = 0; i < reads.size(); i++) {
            assertEquals(BioStatus.OK, reads.get(i).await());
            io.compare(i * 7L % blocks * block, contents.get(i));
        }
    }
}
