package io.devicemapper.target;

import io.devicemapper.block.BioStatus;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** What {@link TargetType#endIo} decides about a bio that came back from below. Immutable; no call allocates. */
public final class EndIo {
    private static final EndIo INCOMPLETE = new EndIo(null);
    private static final EndIo REQUEUE = new EndIo(null);
    private static final Map<BioStatus, EndIo> DONE = new EnumMap<>(BioStatus.class);

    static {
        for (BioStatus status : BioStatus.values()) {
            DONE.put(status, new EndIo(status));
        }
    }

    private final BioStatus status;

    private EndIo(BioStatus status) {
        this.status = status;
    }

    /** The bio ends with this status, which need not be the one it came with. */
    public static EndIo done(BioStatus status) {
        return DONE.get(Objects.requireNonNull(status, "status"));
    }

    /**
     * The target keeps the bio, and will remap, complete or requeue it, now or later, on any thread. It is then as if {@code map}
     * had returned {@link MapResult#SUBMITTED}.
     */
    public static EndIo incomplete() {
        return INCOMPLETE;
    }

    /** The host holds the bio back and maps it again later, as after {@link TargetBio#requeue}. */
    public static EndIo requeue() {
        return REQUEUE;
    }

    /** Whether the bio ends now. */
    public boolean isDone() {
        return status != null;
    }

    /** Whether the bio is to be mapped again. */
    public boolean isRequeue() {
        return this == REQUEUE;
    }

    /** How the bio ends, null if it does not. */
    public BioStatus status() {
        return status;
    }
}
