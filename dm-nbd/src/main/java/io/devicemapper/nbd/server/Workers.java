package io.devicemapper.nbd.server;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Threads that sleep in a device in place of the connection threads. Each client has a queue of its own, and the queues take
 * turns, so that one with a thousand requests at hand does not hold up another one with a single one.
 *
 * <p>A thread is woken only for work that no running one will take at once, the one that became idle last first; idle threads end
 * after a while.
 */
final class Workers {
    private static final System.Logger LOG = System.getLogger(Workers.class.getName());
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final String name;
    private final int maxThreads;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Queue> ready = new ArrayDeque<>();
    private final ArrayDeque<Worker> idle = new ArrayDeque<>();
    private int threads;
    private int named;

    Workers(String name, int maxThreads) {
        this.name = name;
        this.maxThreads = maxThreads;
    }

    /** The work of one client, in order of arrival. */
    static final class Queue {
        private final ArrayDeque<Runnable> work = new ArrayDeque<>();
    }

    /** Has the work run soon; it may be over before this returns. */
    void execute(Queue queue, Runnable work) {
        if (!enqueue(queue, work)) {
            work.run();
        }
    }

    /** Refuses the work if there is no thread for it and none can be made. */
    private boolean enqueue(Queue queue, Runnable work) {
        lock.lock();
        try {
            queue.work.addLast(work);
            if (queue.work.size() == 1) {
                ready.addLast(queue);
            }
            Worker woken = idle.pollLast();
            if (woken != null) {
                woken.busy = true;
                woken.workArrived.signal();
            } else if (threads < maxThreads && !startThread() && threads == 0) {
                queue.work.removeLast();
                ready.remove(queue);
                return false;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean startThread() {
        try {
            new Worker(lock.newCondition()).start();
        } catch (OutOfMemoryError e) { // the system's limit of threads
            LOG.log(System.Logger.Level.WARNING, "{0}: no further thread beyond {1}", name, threads);
            return false;
        }
        threads++;
        return true;
    }

    private Runnable poll() {
        Queue queue = ready.pollFirst();
        if (queue == null) {
            return null;
        }
        Runnable work = queue.work.pollFirst();
        if (!queue.work.isEmpty()) {
            ready.addLast(queue);
        }
        return work;
    }

    private final class Worker extends Thread {
        private final Condition workArrived;
        private boolean busy = true;

        Worker(Condition workArrived) {
            super(name + "-" + ++named);
            this.workArrived = workArrived;
            setDaemon(true);
        }

        @Override
        public void run() {
            for (Runnable work = next(); work != null; work = next()) {
                try {
                    work.run();
                } catch (Throwable t) { // each piece of work answers for itself; this thread is for all of them
                    LOG.log(System.Logger.Level.ERROR, "request failed in the server", t);
                }
            }
        }

        /** Null when this thread has been idle for long enough to end. */
        private Runnable next() {
            lock.lock();
            try {
                long leftNanos = IDLE_NANOS;
                while (true) {
                    Runnable work = poll();
                    if (work != null) {
                        if (!busy) {
                            busy = true;
                            idle.remove(this);
                        }
                        return work;
                    }
                    if (busy) {
                        busy = false;
                        idle.addLast(this);
                    }
                    if (leftNanos <= 0) {
                        idle.remove(this);
                        threads--;
                        return null;
                    }
                    try {
                        leftNanos = workArrived.awaitNanos(leftNanos);
                    } catch (InterruptedException e) {
                        // Meant for work that is over: nobody interrupts an idle worker.
                        leftNanos = IDLE_NANOS;
                    }
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
