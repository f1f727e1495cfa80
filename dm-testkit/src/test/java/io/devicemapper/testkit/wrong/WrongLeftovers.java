package io.devicemapper.testkit.wrong;

import io.devicemapper.target.DmTarget;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.concurrent.CountDownLatch;

/** Targets that leave something behind. */
final class WrongLeftovers {
    private WrongLeftovers() {}

    /** Starts a thread, and leaves it to itself. */
    public static class ThreadLeaked extends JoinTarget {
        @Override
        public Join ctr(DmTarget<Join> ti, TargetArgs args) throws TargetException {
            startHelper();
            return super.ctr(ti, args);
        }
    }

    /** Registers with the JVM, which never lets go. */
    public static class ClassLoaderPinned extends JoinTarget {
        @Override
        public Join ctr(DmTarget<Join> ti, TargetArgs args) throws TargetException {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {}, "join-hook") {
                private final Class<?> pinned = ClassLoaderPinned.class;

                @Override
                public String toString() {
                    return pinned.getName();
                }
            });
            return super.ctr(ti, args);
        }
    }

    /** Throws when it is taken apart. */
    public static class DtrThrows extends JoinTarget {
        @Override
        public void dtr(DmTarget<Join> ti) {
            throw new IllegalStateException("nothing to take apart");
        }
    }

    /** Trips when it is suspended. */
    public static class PostsuspendThrows extends JoinTarget {
        @Override
        public void postsuspend(DmTarget<Join> ti) {
            throw new IllegalStateException("nothing to store");
        }
    }

    /** A thread that waits for what nobody does. */
    static Thread startHelper() {
        CountDownLatch never = new CountDownLatch(1);
        Thread helper = new Thread(
                () -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt(); // it ends, as it was told to
                    }
                },
                "join-helper");
        helper.setDaemon(true);
        helper.start();
        return helper;
    }
}
