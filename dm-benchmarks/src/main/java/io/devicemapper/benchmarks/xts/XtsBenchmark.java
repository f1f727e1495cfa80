package io.devicemapper.benchmarks.xts;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * AES-256-XTS over data of some length, as a bio has it: encrypted from one buffer to another as for a write, decrypted in place as for a
 * read. {@link XtsTable} runs it beside {@code openssl speed}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 10, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-XX:+UseParallelGC") // the collector that ./dm serve uses
public class XtsBenchmark {
    private static final int KEY_BYTES = 64;
    private static final int IV_BYTES = 16;

    /** One of {@link XtsSubject#available}. */
    @Param("java")
    public String engine;

    /** {@code heap} or {@code direct}. */
    @Param({"heap", "direct"})
    public String buffers;

    /** Length of the data. */
    @Param({"4096", "65536"})
    public int bytes;

    /** Length of a data unit. */
    @Param({"512", "4096"})
    public int unitBytes;

    private XtsSubject subject;
    private ByteBuffer source;
    private ByteBuffer target;
    private byte[] ivs;
    private byte[] nextIvs;

    @Setup
    public void prepare() throws GeneralSecurityException {
        Random random = new Random(1);
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(key);
        subject = XtsSubject.of(engine, key);
        boolean direct = buffers.equals("direct");
        source = direct ? ByteBuffer.allocateDirect(bytes) : ByteBuffer.allocate(bytes);
        target = direct ? ByteBuffer.allocateDirect(bytes) : ByteBuffer.allocate(bytes);
        ivs = new byte[bytes / unitBytes * IV_BYTES];
        nextIvs = new byte[ivs.length];
        random.nextBytes(ivs);
        random.nextBytes(nextIvs);
    }

    @Benchmark
    public void encrypt() throws GeneralSecurityException {
        swapIvs();
        subject.encrypt(source, target, bytes, unitBytes, ivs);
    }

    @Benchmark
    public void decrypt() throws GeneralSecurityException {
        swapIvs();
        subject.decrypt(target, bytes, unitBytes, ivs);
    }

    /** No operation has the tweaks of the one before, which {@link AccpXts} would refuse. */
    private void swapIvs() {
        byte[] last = ivs;
        ivs = nextIvs;
        nextIvs = last;
    }
}
