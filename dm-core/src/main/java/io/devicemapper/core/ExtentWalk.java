package io.devicemapper.core;

import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import java.io.IOException;

/** Collects the extents of a range from the targets that it lies in, checks what they say, and merges equal neighbours. */
final class ExtentWalk implements ExtentVisitor {
    private final ExtentVisitor visitor;
    private long pendingSector;
    private long pendingSectors;
    private ExtentType pendingType;

    private TargetSlot<?> slot;
    private long expected;
    private long end;
    private boolean goOn = true;
    private RuntimeException visitorFailure;

    private ExtentWalk(ExtentVisitor visitor) {
        this.visitor = visitor;
    }

    static void walk(LoadedTable table, long sector, long sectors, ExtentVisitor visitor) throws IOException {
        ExtentWalk walk = new ExtentWalk(visitor);
        long at = sector;
        long rangeEnd = sector + sectors;
        while (at < rangeEnd && walk.goOn) {
            TargetSlot<?> slot = table.find(at);
            long length = Math.min(rangeEnd, slot.begin() + slot.len()) - at;
            walk.target(slot, at, length);
            at += length;
        }
        if (walk.goOn && walk.pendingType != null) {
            visitor.visit(walk.pendingSector, walk.pendingSectors, walk.pendingType);
        }
    }

    private void target(TargetSlot<?> slot, long at, long length) throws IOException {
        this.slot = slot;
        this.expected = at;
        this.end = at + length;
        try {
            slot.calls().extents(at - slot.begin(), length, this);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) { // whatever the target throws: what it did not tell is data
            if (visitorFailure != null) {
                throw visitorFailure;
            }
            slot.reports().blame("extents threw", e);
        }
        if (goOn && expected < end) {
            add(
                    expected,
                    end - expected,
                    ExtentType.DATA); // a target that tells too little: data is always a safe answer
        }
    }

    @Override
    public boolean visit(long sectorInTarget, long sectors, ExtentType type) {
        long sector = slot.begin() + sectorInTarget;
        if (type == null || sector != expected || sectors < 1 || sectors > end - sector) {
            slot.reports().blame("told extents out of order or out of range", null);
            return false;
        }
        expected += sectors;
        add(sector, sectors, type);
        return goOn && expected < end;
    }

    private void add(long sector, long sectors, ExtentType type) {
        if (pendingType == type) {
            pendingSectors += sectors;
            return;
        }
        if (pendingType != null) {
            try {
                goOn = visitor.visit(pendingSector, pendingSectors, pendingType);
            } catch (RuntimeException e) { // the caller's own failure, not one of the target that it passes through
                visitorFailure = e;
                throw e;
            }
        }
        pendingSector = sector;
        pendingSectors = sectors;
        pendingType = type;
    }
}
