package io.devicemapper.target;

import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import java.io.IOException;
import java.util.Set;

/**
 * A kind of target: the plug-in of the device mapper, the kernel's {@code struct target_type}. Found by
 * {@link java.util.ServiceLoader}; needs a public constructor without arguments, or a static {@code provider()} method.
 *
 * <p>A type is stateless: one instance serves every table. The state of a target is what {@link #ctr} returns.
 *
 * <h2>Life of a target</h2>
 *
 * <pre>
 * load:     ctr
 * resume:   preresume, resume           then map and endIo, on many threads
 * suspend:  presuspend, (bios drain), postsuspend
 * end:      dtr
 * </pre>
 *
 * <h2>Threads</h2>
 *
 * <p>{@link #map} and {@link #endIo} run on many threads at once, and must not block: they run on the threads that serve other
 * bios. All other methods are called one at a time for each mapped device; {@link #status} and {@link #message} also while bios
 * are under way.
 *
 * <h2>Errors</h2>
 *
 * <p>What a method throws beside its declared exceptions, an {@link Error} too, is logged with the target's name, once for each
 * kind, and fails the bio or the operation it belongs to, and nothing else.
 *
 * <p>A target that keeps a bio, or does not return from a method, holds up the suspend or the operation that waits for it, until
 * its device is removed by force: then bios that it keeps are taken from it and fail, and {@link #dtr} is called as soon as no
 * other method runs, perhaps never.
 *
 * @param <S> the state of one target; {@link Void} if there is none
 */
public interface TargetType<S> {
    /**
     * The name as written in a table line: 1 to 15 characters of {@code a-z 0-9 - _}, beginning with a letter.
     */
    String name();

    /** The version that {@code dm targets} shows. */
    Version version();

    /** The API level that this type was compiled against: always {@code return DmApi.LEVEL;}. */
    int apiLevel();

    /**
     * Makes a target from the arguments of a table line. What it takes through {@code args} and {@code ti} (devices, threads) is given
     * back by the host, also when this throws.
     *
     * @param ti the line's range and table; settings such as {@link DmTarget#maxIoLen} are made here
     * @param args the words after the target's name; all of them must be consumed
     * @return the target's state, or null if it has none
     * @throws TargetException if the arguments are wrong or something they name cannot be had
     */
    S ctr(DmTarget<S> ti, TargetArgs args) throws TargetException;

    /**
     * Decides about one bio: a read or write, or what {@link DmTarget#flushBios}, {@link DmTarget#discardBios} and
     * {@link DmTarget#writeZeroesBios} asked for.
     *
     * @param ti the target
     * @param bio a clone that lies inside the target
     * @return what the call on {@code bio} returned
     */
    MapResult map(DmTarget<S> ti, TargetBio bio);

    /** Takes apart what {@link #ctr} built, when the table is gone and no bio is under way. Devices and threads are the host's. */
    default void dtr(DmTarget<S> ti) {}

    /**
     * A bio that {@link #map} saw has come back: from the lower device, or by {@link TargetBio#complete}.
     *
     * @param ti the target
     * @param bio the clone, with the target's own sector and payload
     * @param status how it ended below
     * @return what becomes of it
     */
    default EndIo endIo(DmTarget<S> ti, TargetBio bio, BioStatus status) {
        return EndIo.done(status);
    }

    /** What this type demands of its tables. */
    default Set<TargetFeature> features() {
        return Set.of();
    }

    /**
     * The target's state or arguments as text, on one line, without begin, length and name. Must not block for long.
     */
    default String status(DmTarget<S> ti, StatusType type) {
        return "";
    }

    /**
     * As {@link StatusType#TABLE}, with keys in the clear: for an operator who asked for them.
     */
    default String tableWithKeys(DmTarget<S> ti) {
        return status(ti, StatusType.TABLE);
    }

    /**
     * Carries out a message.
     *
     * @param ti the target
     * @param args the words of the message; {@link TargetArgs#device} finds a device that the target claimed, however its name is written
     * @return the answer to print, or the empty string for none
     * @throws TargetException if the message is not understood or cannot be carried out
     */
    default String message(DmTarget<S> ti, TargetArgs args) throws TargetException {
        throw new TargetException("target " + name() + " takes no messages");
    }

    /**
     * Shows the areas of the devices that the target uses, from which its limits follow and which are checked against the devices'
     * sizes. By default, whole devices: all that were claimed.
     */
    default void iterateDevices(DmTarget<S> ti, DeviceVisitor visitor) {
        ti.devices().forEach(dev -> visitor.visit(dev, 0, dev.sectors()));
    }

    /**
     * Adjusts the limits that were stacked from the devices in use; {@code limits.build()} shows them as they are so far.
     */
    default void ioHints(DmTarget<S> ti, QueueLimits.Builder limits) {}

    /**
     * Tells which parts of the target are data, zeroes or holes, as {@link io.devicemapper.block.BlockDevice#extents} does for a
     * device. By default all is data.
     *
     * @param ti the target
     * @param sector first sector, counted from the target's begin
     * @param sectors length in sectors, inside the target
     * @param visitor gets each extent, in sectors counted from the target's begin
     * @throws IOException if a device failed to tell
     */
    default void extents(DmTarget<S> ti, long sector, long sectors, ExtentVisitor visitor) throws IOException {
        visitor.visit(sector, sectors, ExtentType.DATA);
    }

    /** A suspend begins; bios still flow. Ends what queues bios inside the target, so that they drain. */
    default void presuspend(DmTarget<S> ti) {}

    /** The suspend that {@link #presuspend} announced did not take place. */
    default void presuspendUndo(DmTarget<S> ti) {}

    /** No bio of the device is under way, and no {@link #map} runs. Ends the target's own work and stores its state. */
    default void postsuspend(DmTarget<S> ti) {}

    /**
     * The table is about to go live; no bio has come yet.
     *
     * @throws TargetException if it cannot: the device stays suspended
     */
    default void preresume(DmTarget<S> ti) throws TargetException {}

    /** The table is live. Cannot fail. */
    default void resume(DmTarget<S> ti) {}
}
