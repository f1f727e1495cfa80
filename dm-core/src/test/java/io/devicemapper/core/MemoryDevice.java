package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.QueueLimits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** A small device in an array, which records what it was asked and can be told to answer otherwise, or later. */
final class MemoryDevice extends PlainDevice {
    private final byte[] bytes;
    private final List<String> log = new ArrayList<>();
    private final List<Bio> pending = new ArrayList<>();
    private QueueLimits limits = QueueLimits.builder()
            .writeCache(true)
            .fua(true)
            .maxDiscardSectors(QueueLimits.UNLIMITED)
            .maxWriteZeroesSectors(QueueLimits.UNLIMITED)
            .build();
    private Function<Bio, BioStatus> answer = bio -> BioStatus.OK;
    private boolean hold;
    private volatile boolean logs = true;

    MemoryDevice(String name, long sectors) {
        super(name, sectors);
        this.bytes = new byte[Math.toIntExact(sectors << 9)];
    }

    void limits(QueueLimits newLimits) {
        limits = newLimits;
    }

    /** What the device answers from now on. */
    void answer(Function<Bio, BioStatus> newAnswer) {
        answer = newAnswer;
    }

    /** For tests with many bios. */
    void doNotLog() {
        logs = false;
    }

    /** From now on bios wait for {@link #release}. */
    synchronized void hold() {
        hold = true;
    }

    void release() {
        List<Bio> bios;
        synchronized (this) {
            hold = false;
            bios = new ArrayList<>(pending);
            pending.clear();
            notifyAll();
        }
        bios.forEach(this::carryOut);
    }

    synchronized void awaitPending(int count) throws InterruptedException {
        while (pending.size() < count) {
            wait();
        }
    }

    synchronized List<String> log() {
        return List.copyOf(log);
    }

    byte[] bytes() {
        return bytes;
    }

    @Override
    public QueueLimits limits() {
        return limits;
    }

    @Override
    protected void process(Bio bio) {
        if (!accept(bio)) {
            return;
        }
        synchronized (this) {
            if (logs) {
                log.add(bio.toString());
            }
            if (hold) {
                pending.add(bio);
                notifyAll();
                return;
            }
        }
        carryOut(bio);
    }

    private void carryOut(Bio bio) {
        BioStatus status = answer.apply(bio);
        if (status.isOk()) {
            int at = Math.toIntExact(bio.sector() << 9);
            int length = Math.toIntExact(bio.bytes());
            synchronized (bytes) {
                if (bio.op() == BioOp.READ) {
                    bio.payload().duplicate().put(bytes, at, length);
                } else if (bio.op() == BioOp.WRITE) {
                    bio.payload().duplicate().get(bytes, at, length);
                } else if (bio.op() == BioOp.WRITE_ZEROES || bio.op() == BioOp.DISCARD) {
                    Arrays.fill(bytes, at, at + length, (byte) 0);
                }
            }
        }
        bio.endIo(status);
    }
}
