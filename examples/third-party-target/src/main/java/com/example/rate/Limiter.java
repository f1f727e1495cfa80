package com.example.rate;

import io.devicemapper.target.TargetBio;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A token bucket with a queue. A token is a byte; the bucket holds what the limit allows in 20 ms. A bio may go while the bucket isn't
 * overdrawn, and may overdraw it, so that one larger than the bucket goes as well. What must wait is sent in the order in which it came, on the
 * timer's thread.
 *
 * <p>Safe for use by several threads. Nothing is sent under the lock.
 */
final class Limiter {
    /** Beyond it, a limit wouldn't limit anything. */
    static final long MAX_BYTES_PER_SECOND = 1L << 50;

    private static final double BUCKET_SECONDS = 0.02;
    private static final double NANOS_PER_SECOND = 1e9;

    private final ScheduledExecutorService timer;
    private final Consumer<TargetBio> send;
    private final Queue<TargetBio> queue = new ArrayDeque<>();
    private long bytesPerSecond;
    private double tokens;
    private long filledAtNanos = System.nanoTime();
    private boolean open;
    private Future<?> alarm;
    private long wentAtOnce;
    private long hadToWait;

    /**
     * Nothing waits yet.
     *
     * @param bytesPerSecond the limit
     * @param timer sends what had to wait
     * @param send how
     */
    Limiter(long bytesPerSecond, ScheduledExecutorService timer, Consumer<TargetBio> send) {
        this.bytesPerSecond = bytesPerSecond;
        this.timer = timer;
        this.send = send;
    }

    /**
     * Asks for leave to send a bio.
     *
     * @return true if the caller sends it now; false if it is sent later, or has been by now: the caller may not touch it any more
     */
    synchronized boolean admit(TargetBio bio) {
        fill();
        if (open) {
            wentAtOnce++;
            return true;
        }
        if (queue.isEmpty() && tokens >= 0) {
            tokens -= bio.bytes();
            wentAtOnce++;
            return true;
        }
        queue.add(bio);
        hadToWait++;
        if (queue.size() == 1) {
            setAlarm();
        }
        return false;
    }

    /** Sends what waits, and lets go what comes, at no charge, until {@link #close}. */
    void open() {
        synchronized (this) {
            open = true;
        }
        release();
    }

    /** Limits again. */
    synchronized void close() {
        open = false;
    }

    /** Changes the limit, also for what waits. */
    synchronized void limit(long newBytesPerSecond) {
        fill();
        bytesPerSecond = newBytesPerSecond;
        if (!queue.isEmpty()) {
            setAlarm();
        }
    }

    /** In bytes per second. */
    synchronized long limit() {
        return bytesPerSecond;
    }

    /** How much waits, went at once, and had to wait. */
    synchronized String counts() {
        return queue.size() + " " + wentAtOnce + " " + hadToWait;
    }

    /** Sends what may go now. */
    private void release() {
        for (TargetBio next = poll(); next != null; next = poll()) {
            send.accept(next);
        }
    }

    /** The bio that may go now, or null; the alarm is set for one that may not. */
    private synchronized TargetBio poll() {
        fill();
        if (queue.isEmpty() || open) {
            return queue.poll();
        }
        if (tokens < 0) {
            setAlarm();
            return null;
        }
        TargetBio next = queue.remove();
        tokens -= next.bytes();
        return next;
    }

    private void fill() {
        long now = System.nanoTime();
        double seconds = (now - filledAtNanos) / NANOS_PER_SECOND;
        tokens = Math.min(tokens + seconds * bytesPerSecond, BUCKET_SECONDS * bytesPerSecond);
        filledAtNanos = now;
    }

    /** For when the bucket isn't overdrawn any more. */
    private void setAlarm() {
        if (alarm != null) {
            alarm.cancel(false);
        }
        double seconds = Math.max(0, -tokens) / bytesPerSecond;
        alarm = timer.schedule(this::release, (long) Math.ceil(seconds * NANOS_PER_SECOND), TimeUnit.NANOSECONDS);
    }
}
