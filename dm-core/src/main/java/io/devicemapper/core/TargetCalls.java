package io.devicemapper.core;

import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetType;
import java.io.IOException;

/**
 * The calls into a target's code, but for those on the way of a bio: from the class loader that it expects, and so that whatever it throws, an
 * AssertionError say, fails its own operation alone.
 *
 * @param <S> the target's state
 */
final class TargetCalls<S> {
    private final DmTarget<S> target;
    private final TargetType<S> type;
    private final ProviderSource source;
    private final TargetReports reports;
    private final Object telling = new Object();
    private boolean silent; // guarded by telling

    TargetCalls(DmTarget<S> target, ProviderSource source, TargetReports reports) {
        this.target = target;
        this.type = target.type();
        this.source = source;
        this.reports = reports;
    }

    S ctr(TargetArgs args) throws TargetException {
        try {
            return source.call(() -> type.ctr(target, args));
        } catch (TargetException e) {
            throw e;
        } catch (Throwable e) {
            reports.blame("ctr threw", e);
            throw new TargetException("Unknown error (ctr threw " + ThrownText.of(e) + ")", e);
        }
    }

    void dtr() {
        quietly("dtr", () -> type.dtr(target));
    }

    void preresume() throws TargetException {
        try {
            source.call(() -> {
                type.preresume(target);
                return null;
            });
        } catch (TargetException e) {
            throw e;
        } catch (Throwable e) {
            reports.blame("preresume threw", e);
            throw new TargetException("preresume failed: " + ThrownText.of(e), e);
        }
    }

    void resume() {
        quietly("resume", () -> type.resume(target));
    }

    void presuspend() {
        quietly("presuspend", () -> type.presuspend(target));
    }

    void presuspendUndo() {
        quietly("presuspendUndo", () -> type.presuspendUndo(target));
    }

    void postsuspend() {
        quietly("postsuspend", () -> type.postsuspend(target));
    }

    /** Makes a call that must not fail; if it does, the target is blamed, and the others get theirs all the same. */
    private void quietly(String what, Runnable call) {
        try {
            source.call(() -> {
                call.run();
                return null;
            });
        } catch (Throwable e) {
            reports.blame(what + " threw", e);
        }
    }

    String message(TargetArgs args) throws TargetException {
        try {
            String answer = source.call(() -> type.message(target, args));
            return answer == null ? "" : answer;
        } catch (TargetException e) {
            throw e;
        } catch (Throwable e) {
            reports.blame("message threw", e);
            throw new TargetException("message failed: " + ThrownText.of(e), e);
        }
    }

    String status(StatusType statusType) {
        return tell(() -> type.status(target, statusType));
    }

    String tableWithKeys() {
        return tell(() -> type.tableWithKeys(target));
    }

    private interface Teller {
        String tell();
    }

    /** What the target has to say; nothing after {@link #silence}. */
    private String tell(Teller teller) {
        synchronized (telling) {
            if (silent) {
                return "";
            }
            try {
                String text = source.call(teller::tell);
                return text == null ? "" : text.replace('\n', ' ');
            } catch (Throwable t) { // a broken status must not hide that of the other targets
                reports.blame("status threw", t);
                return "Error";
            }
        }
    }

    /** The target is being taken apart, and not asked any more. Waits for the answer under way. */
    void silence() {
        synchronized (telling) {
            silent = true;
        }
    }

    /** What the target throws comes out. */
    void iterateDevices(DeviceVisitor visitor) {
        type.iterateDevices(target, visitor);
    }

    /** What the target throws comes out. */
    void ioHints(QueueLimits.Builder limits) {
        type.ioHints(target, limits);
    }

    /** What the target throws comes out. */
    void extents(long sector, long sectors, ExtentVisitor visitor) throws IOException {
        type.extents(target, sector, sectors, visitor);
    }
}
