package io.devicemapper.testkit;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BlockDevice;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** What a rule works with: a target, or a device, and what it stands on. */
interface Rig {
    /** What decides about all that is random. */
    long seed();

    /** What is tested, in a word. */
    String subject();

    /** I/O to what is tested, the contract with it checked. */
    RigIo io() throws Exception;

    /** The device to submit to where a request is meant to be wrong. */
    BlockDevice device() throws Exception;

    /** Where on {@link #device} what is tested begins, in sectors. */
    long begin() throws Exception;

    /** Length of what is tested, in sectors. */
    long len() throws Exception;

    /** A length in sectors that every range is a multiple of. */
    long block() throws Exception;

    /** The longest range that may be asked for in one bio, in sectors. */
    long longest(BioOp op) throws Exception;

    /** Whether the author does not say that this is lacking. */
    boolean has(Behavior behavior);

    /** Whether a write with PREFLUSH is carried out; to devices without it, the host sends a flush first. */
    boolean takesPreflush() throws Exception;

    /** One more rig, of more than 2^33 sectors; taken apart with this one. */
    Rig large() throws Exception;

    /** One more rig with a seed of its own, on disks that {@link #power} can be taken from; taken apart with this one. */
    Rig plugged(long seed) throws Exception;

    /** What the disks below are plugged into. */
    PowerCut power();

    /** Takes the power away and gives it back: the device is made anew on what the cut has left. */
    void restart() throws Exception;

    /** Makes holes where it likes. What is in the way is lost. */
    void makeHoles() throws Exception;

    /** All that could have changed, by the name of the device that holds it. */
    Map<String, DeviceModel> everything() throws Exception;

    /**
     * Takes everything apart.
     *
     * @throws AssertionError if something is left behind, or a contract was broken
     */
    void end() throws Exception;

    /** Ends the rule here, as not applicable, if the author says that one of these is lacking. */
    default void needs(Behavior... behaviors) {
        for (Behavior behavior : behaviors) {
            Assumptions.assumeTrue(has(behavior), () -> subject() + " lacks " + behavior);
        }
    }

    /** Ends the rule here, as not applicable, unless the author says that this is lacking. */
    default void needsLack(Behavior behavior) {
        Assumptions.assumeFalse(has(behavior), () -> subject() + " has " + behavior);
    }
}
