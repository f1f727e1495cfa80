package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where flushes go, and what they promise when a path has been lost. */
@Timeout(120)
class FlushTest {
    private static final String THREE_PATHS = " 0 1 1 round-robin 0 3 0 a b c";

    private static String flushes(PathBed bed) {
        return bed.path("a").flushes() + " " + bed.path("b").flushes() + " "
                + bed.path("c").flushes();
    }

    @Test
    void eachPathThatWasWrittenToIsFlushed() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("0" + THREE_PATHS);
            assertEquals(BioStatus.OK, bed.flush().await());
            assertEquals("1 1 1", flushes(bed), "a table before this one may have written to any");
            assertEquals(BioStatus.OK, bed.flush().await());
            assertEquals("1 1 1", flushes(bed));
            bed.write(0, 1).await();
            bed.read(0);
            bed.submit(BioOp.WRITE, BioFlags.FUA, 0, 1, PathBed.sectorOf(1)).await();
            assertEquals(BioStatus.OK, bed.flush().await());
            assertEquals("2 1 1", flushes(bed));
            bed.write(0, 1).await();
            bed.write(0, 1).await();
            assertEquals(BioStatus.OK, bed.flush().await());
            assertEquals("3 2 1", flushes(bed));
        }
    }

    @Test
    void flushesUnderWayTogetherPromiseTheSame() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("0 0 1 1 round-robin 0 1 0 a");
            bed.flush().await();
            bed.write(0, 1).await();
            bed.path("a").stop();
            PathBed.Outcome first = bed.flush();
            PathBed.Outcome second = bed.flush();
            assertEquals(2, bed.path("a").unanswered());
            bed.path("a").die();
            assertEquals(BioStatus.MEDIUM, first.await());
            assertEquals(BioStatus.MEDIUM, second.await());
            assertEquals(BioStatus.OK, bed.flush().await(), "told once");
        }
    }

    @Test
    void aPathLostWithUnflushedWritesFailsTheNextFlushOnce() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("0" + THREE_PATHS);
            bed.flush().await();
            bed.write(0, 1).await(); // a
            bed.write(0, 2).await(); // b
            bed.path("a").die();
            bed.write(0, 3).await(); // c
            bed.write(0, 4).await(); // a fails, b
            assertEquals(BioStatus.MEDIUM, bed.flush().await());
            assertEquals(BioStatus.OK, bed.flush().await());
        }
    }

    @Test
    void aLossThatADeviceTellsIsNoErrorOfThePath() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("0" + THREE_PATHS);
            bed.flush().await();
            bed.write(0, 1).await();
            bed.path("a").answerFlushesWith(BioStatus.MEDIUM);
            assertEquals(BioStatus.MEDIUM, bed.flush().await());
            assertEquals("2 0 0 0 1 1 A 0 3 0 a A 0 b A 0 c A 0 ", bed.info());
            assertEquals(BioStatus.OK, bed.flush().await());
        }
    }

    @Test
    void withASharedCacheOnePathStandsInForTheOthers() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("1 shared_cache" + THREE_PATHS);
            bed.write(0, 1).await();
            bed.write(0, 1).await();
            assertEquals(BioStatus.OK, bed.flush().await());
            assertEquals(
                    1,
                    bed.path("a").flushes()
                            + bed.path("b").flushes()
                            + bed.path("c").flushes());
            bed.write(0, 1).await();
            bed.write(0, 1).await();
            bed.write(0, 1).await();
            bed.path("a").die();
            bed.path("b").die();
            assertEquals(BioStatus.OK, bed.flush().await(), "on c, which has not been lost");
        }
    }

    @Test
    void withASharedCacheAFlushFailsOnceIfEveryPathWasLost() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("1 shared_cache" + THREE_PATHS);
            bed.write(0, 1).await();
            for (String path : new String[] {"a", "b", "c"}) {
                bed.path(path).die();
                bed.path(path).connect(); // nobody notices, as nothing was under way
            }
            assertEquals(BioStatus.MEDIUM, bed.flush().await());
            assertEquals(BioStatus.OK, bed.flush().await());
        }
    }
}
