package io.devicemapper.benchkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.devicemapper.block.BioStatus;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.util.concurrent.ExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A benchmark of a target, without JMH around it. */
class TargetBenchmarkTest {
    private TargetBenchmark benchmark;

    @AfterEach
    void removeDevice() throws Exception {
        if (benchmark != null) {
            benchmark.removeDevice();
        }
    }

    private TargetBenchmark create(String device, BioStatus answer) throws Exception {
        TargetBenchmark created = new TargetBenchmark() {
            @Override
            protected TargetType<?> targetType() {
                return new LateTarget(answer);
            }
        };
        created.device = device;
        created.bytes = 4096;
        created.createDevice();
        benchmark = created;
        return created;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ram", "linear", "target"})
    void everyDeviceIsReadAndWritten(String device) throws Exception {
        TargetBenchmark created = create(device, BioStatus.OK);
        created.read();
        created.write();
    }

    @Test
    void aBioThatFailsIsAnError() throws Exception {
        TargetBenchmark created = create("target", BioStatus.NO_SPACE);
        String message =
                assertThrows(IllegalStateException.class, created::write).getMessage();
        assertEquals("ended with NO_SPACE", message.substring(message.indexOf("ended")));
    }

    @Test
    void anUnknownDeviceIsAnError() {
        assertThrows(IllegalArgumentException.class, () -> create("ramp", BioStatus.OK));
    }

    /** Like linear, but bios end on another thread; or all of them end with the same status. */
    private static final class LateTarget implements TargetType<LateTarget.Late> {
        record Late(DmDev dev, long startSector, ExecutorService worker) {}

        private final BioStatus answer;

        LateTarget(BioStatus answer) {
            this.answer = answer;
        }

        @Override
        public String name() {
            return "late";
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
        public Late ctr(DmTarget<Late> ti, TargetArgs args) throws TargetException {
            return new Late(args.device("dev"), args.sector("start"), ti.worker("late", 1));
        }

        @Override
        public MapResult map(DmTarget<Late> ti, TargetBio bio) {
            Late late = ti.state();
            late.worker.execute(() -> {
                if (answer.isOk()) {
                    bio.remap(late.dev, late.startSector + bio.sector());
                } else {
                    bio.complete(answer);
                }
            });
            return bio.submitted();
        }
    }
}
