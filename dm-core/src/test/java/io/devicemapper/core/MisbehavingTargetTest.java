package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever a target throws, wherever: its own bio or operation fails, it is named once, and nobody else notices. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MisbehavingTargetTest {
    /** Ways to fail. */
    private enum Failure {
        EXCEPTION,
        CHECKED,
        ASSERTION,
        STACK_OVERFLOW,
        OUT_OF_MEMORY,
        THROWS_WHEN_ASKED;

        void happen() {
            switch (this) {
                case EXCEPTION -> throw new IllegalStateException("boom");
                case CHECKED -> MisbehavingTargetTest.<RuntimeException>sneak(new IOException("boom"));
                case ASSERTION -> throw new AssertionError("boom");
                case STACK_OVERFLOW -> happen();
                case OUT_OF_MEMORY -> throw new OutOfMemoryError("boom");
                case THROWS_WHEN_ASKED ->
                    throw new IllegalStateException() {
                        private static final long serialVersionUID = 1L;

                        @Override
                        public String getMessage() {
                            throw new IllegalStateException("no message");
                        }
                    };
            }
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // what a target in Kotlin or Scala may do
    private static <E extends Exception> void sneak(Exception e) throws E {
        throw (E) e;
    }

    /** A linear target that fails in one method. */
    private static final class Bomb extends ScriptedTarget {
        volatile String where = "";
        volatile Failure failure = Failure.EXCEPTION;

        Bomb() {
            super("bomb");
        }

        private void at(String method) {
            if (where.equals(method)) {
                failure.happen();
            }
        }

        @Override
        public State ctr(DmTarget<State> ti, TargetArgs args) throws TargetException {
            State state = super.ctr(ti, args);
            at("ctr");
            return state;
        }

        @Override
        public MapResult map(DmTarget<State> ti, TargetBio bio) {
            at("map");
            return super.map(ti, bio);
        }

        @Override
        public EndIo endIo(DmTarget<State> ti, TargetBio bio, BioStatus status) {
            at("endIo");
            return super.endIo(ti, bio, status);
        }

        @Override
        public String status(DmTarget<State> ti, StatusType type) {
            at("status");
            return "fine";
        }

        @Override
        public String message(DmTarget<State> ti, TargetArgs args) throws TargetException {
            at("message");
            return args.next("word");
        }

        @Override
        public void resume(DmTarget<State> ti) {
            at("resume");
            super.resume(ti);
        }

        @Override
        public void presuspend(DmTarget<State> ti) {
            at("presuspend");
            super.presuspend(ti);
        }

        @Override
        public void postsuspend(DmTarget<State> ti) {
            at("postsuspend");
            super.postsuspend(ti);
        }

        @Override
        public void preresume(DmTarget<State> ti) throws TargetException {
            at("preresume");
            super.preresume(ti);
        }

        @Override
        public void dtr(DmTarget<State> ti) {
            super.dtr(ti);
            at("dtr");
        }
    }

    private static final String TABLE = "0 10 bomb disk 0\n10 10 map disk 100";

    private final MemoryDevice disk = new MemoryDevice("disk", 1000);
    private final Bomb bomb = new Bomb();
    private final ScriptedTarget sound = new ScriptedTarget("map");
    private final List<String> breaches = new CopyOnWriteArrayList<>();
    private DeviceMapper dm;
    private int ctrsThatThrew;

    @BeforeEach
    void open() {
        dm = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(bomb)
                .targetType(sound)
                .targetType(new ErrorTarget())
                .device("disk", disk)
                .forcedRemovalWait(Duration.ofSeconds(5))
                .breachListener(breaches::add)
                .build();
    }

    @AfterEach
    void close() throws DmException {
        dm.close();
        assertEquals(
                bomb.life().stream().filter("ctr"::equals).count() - ctrsThatThrew,
                bomb.life().stream().filter("dtr"::equals).count());
    }

    private static ByteBuffer sectors(int count) {
        return ByteBuffer.allocate(count * 512);
    }

    private void assertBlamedOnce(String method) {
        assertEquals(1, breaches.size(), breaches::toString);
        assertTrue(
                breaches.get(0).startsWith("vol: target bomb at sector 0: " + method + " threw "), breaches::toString);
    }

    private void assertTheOthersGoOn(MappedDevice device) throws Exception {
        device.write(12, sectors(2));
        device.read(12, sectors(2));
        device.flush();
    }

    @ParameterizedTest
    @EnumSource
    void onTheWayOfABio(Failure failure) throws Exception {
        bomb.failure = failure;
        for (String method : List.of("map", "endIo")) {
            MappedDevice device = dm.create("vol", TABLE);
            bomb.where = method;
            for (int i = 0; i < 3; i++) {
                assertThrows(BlockIoException.class, () -> device.read(0, sectors(1)));
                assertThrows(BlockIoException.class, () -> device.write(8, sectors(4)), "a part of it is the bomb's");
            }
            assertTheOthersGoOn(device);
            assertBlamedOnce(method);
            dm.remove("vol", RemoveFlag.FORCE);
            assertTrue(dm.devices().isEmpty());
            breaches.clear();
            bomb.where = "";
        }
    }

    @ParameterizedTest
    @EnumSource
    void inWhatAnOperatorAsks(Failure failure) throws Exception {
        bomb.failure = failure;
        MappedDevice device = dm.create("vol", TABLE);
        bomb.where = "status";
        for (int i = 0; i < 3; i++) {
            List<? extends TargetView> targets =
                    device.liveTable().orElseThrow().targets();
            assertEquals("Error", targets.get(0).status(StatusType.INFO));
            assertEquals("", targets.get(1).status(StatusType.INFO));
        }
        assertBlamedOnce("status");
        breaches.clear();
        bomb.where = "message";
        for (int i = 0; i < 3; i++) {
            assertEquals(
                    DmError.INVALID,
                    assertThrows(DmException.class, () -> dm.message("vol", 0, "word"))
                            .error());
        }
        assertBlamedOnce("message");
        bomb.where = "";
        assertEquals("word", dm.message("vol", 0, "word"));
        assertTheOthersGoOn(device);
        dm.remove("vol", RemoveFlag.FORCE);
    }

    @ParameterizedTest
    @EnumSource
    void inTheLifeOfATable(Failure failure) throws Exception {
        bomb.failure = failure;
        for (String method : List.of("ctr", "preresume")) {
            bomb.where = method;
            DmException refusal = assertThrows(DmException.class, () -> dm.create("vol", TABLE));
            assertEquals(DmError.INVALID, refusal.error());
            assertEquals(1, refusal.getMessage().lines().count());
            assertTrue(dm.devices().isEmpty());
            assertBlamedOnce(method);
            breaches.clear();
        }
        // The target whose ctr threw has no state to take apart.
        ctrsThatThrew = 1;
        for (String method : List.of("resume", "presuspend", "postsuspend", "dtr")) {
            bomb.where = method;
            MappedDevice device = dm.create("vol", TABLE);
            assertTheOthersGoOn(device);
            dm.suspend("vol");
            dm.resume("vol");
            device.write(9, sectors(2));
            dm.remove("vol", RemoveFlag.FORCE);
            assertTrue(dm.devices().isEmpty());
            assertBlamedOnce(method);
            breaches.clear();
        }
    }

    @Test
    void aStackThatIsUsedUpInTheHostsCodeHangsNobody() throws Exception {
        bomb.map = MisbehavingTargetTest::remapAtTheEndOfTheStack;
        MappedDevice device = dm.create("vol", TABLE);
        for (int i = 0; i < 50; i++) {
            CountDownLatch ended = new CountDownLatch(1);
            device.submit(Bio.read(0, sectors(1), (bio, status) -> ended.countDown()));
            assertTrue(ended.await(20, TimeUnit.SECONDS), "the bio never ended");
        }
        assertTheOthersGoOn(device);
        dm.suspend("vol");
        dm.remove("vol", RemoveFlag.FORCE);
    }

    /** Tries at each depth, from where a call is not possible any more up to where it is. */
    @SuppressWarnings("InfiniteRecursion") // which is its purpose
    private static MapResult remapAtTheEndOfTheStack(DmTarget<ScriptedTarget.State> ti, TargetBio bio) {
        try {
            return remapAtTheEndOfTheStack(ti, bio);
        } catch (StackOverflowError e) {
            return ScriptedTarget.linear(ti, bio);
        }
    }

    @Test
    void aRangeOfAnotherDeviceIsRefused() throws Exception {
        MappedDevice device = dm.create("vol", TABLE);
        bomb.map = (ti, bio) -> bio.remap(ti.state().dev(), 999 + bio.sector());
        device.read(0, sectors(1));
        for (int i = 0; i < 3; i++) {
            assertThrows(BlockIoException.class, () -> device.read(0, sectors(2)));
        }
        DmDev ofTheOther = device.live().find(10).devices().get(0);
        bomb.map = (ti, bio) -> bio.remap(ofTheOther, 0);
        for (int i = 0; i < 3; i++) {
            assertThrows(BlockIoException.class, () -> device.read(0, sectors(1)));
        }
        assertEquals(
                List.of(
                        "vol: target bomb at sector 0: remapped a bio beyond the end of disk",
                        "vol: target bomb at sector 0: remapped a bio to a device that it did not claim"),
                breaches);
        assertTheOthersGoOn(device);
        dm.remove("vol", RemoveFlag.FORCE);
    }
}
