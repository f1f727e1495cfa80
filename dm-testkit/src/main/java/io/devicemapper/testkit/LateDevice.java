package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A device whose bios end later, on a thread of the device's own, and not in the order in which they came. The thread ends when nothing is under way.
 * Safe for use by several threads.
 */
public final class LateDevice extends ForwardingDevice {
    private record Answer(Bio bio, BioStatus status) {}

    private final Random random;
    private final List<Answer> answers = new ArrayList<>();
    private boolean threadRuns;

    /**
     * A device that carries bios out at once, and tells of it later.
     *
     * @param lower carries the bios out; closed with this device
     * @param seed decides about the order of the answers, as far as the scheduler lets it
     */
    public LateDevice(BlockDevice lower, long seed) {
        super(lower);
        this.random = new Random(seed);
    }

    @Override
    public boolean mayWait() {
        return true;
    }

    @Override
    protected void process(Bio bio) {
        forward(bio, (forwarded, status) -> {
            synchronized (this) {
                answers.add(new Answer(bio, status));
                if (!threadRuns) {
                    threadRuns = true;
                    Thread thread = new Thread(this::answerAll, "late-" + name());
                    thread.setDaemon(true);
                    thread.start();
                }
            }
        });
    }

    private void answerAll() {
        for (Answer next = next(); next != null; next = next()) {
            next.bio().endIo(next.status());
        }
    }

    private synchronized Answer next() {
        if (answers.isEmpty()) {
            threadRuns = false;
            return null;
        }
        return answers.remove(random.nextInt(answers.size()));
    }
}
