package io.devicemapper.targets.multipath;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.Doubt;
import io.devicemapper.block.QueueLimits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A path to a disk, as a client of a server is one: the connection can break, and the server can stop, go on and die. What a server has received is carried out when
 * it goes on, whatever has become of the connection.
 */
final class FakePath extends BlockDevice {
    /** What a server has received, and what became of the bio meanwhile. */
    private static final class Received {
        private final Bio bio;

        /** A write's data, which the server has even if the bio is gone. */
        private final ByteBuffer data;

        private Doubt doubt;

        Received(Bio bio) {
            this.bio = bio;
            this.data = bio.op() == BioOp.WRITE ? copy(bio.payload()) : null;
        }

        private static ByteBuffer copy(ByteBuffer payload) {
            return ByteBuffer.allocate(payload.remaining())
                    .put(payload.duplicate())
                    .flip();
        }
    }

    private final String name;
    private final BlockDevice disk;
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong flushes = new AtomicLong();
    private final List<Received> buffer = new ArrayList<>();
    private boolean stopped;
    private boolean connected = true;
    private long losses;
    private volatile Consumer<Bio> observer = bio -> {};
    private volatile BioStatus flushAnswer = BioStatus.OK;

    FakePath(String name, BlockDevice disk) {
        this.name = name;
        this.disk = disk;
    }

    /** Is shown each bio that comes. */
    void observe(Consumer<Bio> everyBio) {
        observer = everyBio;
    }

    /** The server takes requests and does nothing about them. */
    synchronized void stop() {
        stopped = true;
    }

    /** The server goes on: carries out what it has received, and answers what is still asked. */
    void goOn() {
        List<Received> received;
        synchronized (this) {
            stopped = false;
            received = take();
        }
        received.forEach(this::carryOut);
    }

    /** The client gives the connection up; the server, which is stopped, keeps what it received. New bios fail until {@link #connect}. */
    void giveUp() {
        List<Bio> lost = new ArrayList<>();
        synchronized (this) {
            connected = false;
            losses++;
            for (Received received : buffer) {
                if (received.doubt == null) {
                    received.doubt = new Doubt();
                    if (received.bio.op().modifies()) {
                        received.bio.leaveInDoubt(received.doubt);
                    }
                    lost.add(received.bio);
                }
            }
        }
        lost.forEach(bio -> bio.endIo(BioStatus.TRANSPORT));
    }

    /** The server dies: what it received and did not carry out is gone, and the client knows. */
    void die() {
        List<Received> gone;
        synchronized (this) {
            connected = false;
            stopped = false;
            losses++;
            gone = take();
        }
        for (Received received : gone) {
            if (received.doubt == null) {
                received.bio.endIo(BioStatus.TRANSPORT);
            } else {
                received.doubt.end();
            }
        }
    }

    synchronized void connect() {
        connected = true;
    }

    /** What the server answers to a flush from now on. */
    void answerFlushesWith(BioStatus status) {
        flushAnswer = status;
    }

    private List<Received> take() {
        List<Received> taken = List.copyOf(buffer);
        buffer.clear();
        return taken;
    }

    /** How many bios have come. */
    long requests() {
        return requests.get();
    }

    /** How many of them were flushes. */
    long flushes() {
        return flushes.get();
    }

    synchronized int unanswered() {
        return buffer.size();
    }

    @Override
    protected void process(Bio bio) {
        requests.incrementAndGet();
        if (bio.op() == BioOp.FLUSH) {
            flushes.incrementAndGet();
        }
        observer.accept(bio);
        Received received = new Received(bio);
        synchronized (this) {
            if (connected && stopped) {
                buffer.add(received);
                return;
            }
            if (!connected) {
                received = null;
            }
        }
        if (received == null) {
            bio.endIo(BioStatus.TRANSPORT);
        } else {
            carryOut(received);
        }
    }

    private void carryOut(Received received) {
        Bio bio = received.bio;
        if (received.doubt != null) {
            if (received.data != null) {
                disk.submit(Bio.write(bio.sector(), 0, received.data, (late, status) -> received.doubt.end()));
            } else {
                received.doubt.end();
            }
            return;
        }
        if (bio.op() == BioOp.FLUSH && !flushAnswer.isOk()) {
            bio.endIo(flushAnswer);
            return;
        }
        ByteBuffer payload = received.data == null ? bio.payload() : received.data;
        disk.submit(Bio.of(bio.op(), 0, bio.sector(), bio.sectors(), payload, (done, status) -> bio.endIo(status)));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long sectors() {
        return disk.sectors();
    }

    @Override
    public QueueLimits limits() {
        return disk.limits().toBuilder().writeCache(true).fua(true).build();
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public boolean mayWait() {
        return false;
    }

    @Override
    public synchronized long cacheLosses() {
        return losses;
    }
}
