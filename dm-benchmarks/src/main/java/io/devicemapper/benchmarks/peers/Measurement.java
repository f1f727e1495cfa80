package io.devicemapper.benchmarks.peers;

/**
 * One run of a client.
 *
 * @param requests how many requests it made
 * @param nanos how long it took
 * @param requestBytes length of a request
 * @param p50Micros median latency of a request in microseconds, NaN if unknown; likewise the others
 * @param serverCpuNanos processor time that the server spent meanwhile, NaN if there is no server
 */
record Measurement(
        double requests,
        double nanos,
        int requestBytes,
        double p50Micros,
        double p99Micros,
        double p999Micros,
        double serverCpuNanos) {

    Measurement withServerCpu(double cpuNanos) {
        return new Measurement(requests, nanos, requestBytes, p50Micros, p99Micros, p999Micros, cpuNanos);
    }

    double kiloRequestsPerSecond() {
        return requests / nanos * 1e6;
    }

    /** Millions of bytes, not mebibytes. */
    double megabytesPerSecond() {
        return requests * requestBytes / nanos * 1e3;
    }

    double serverCpuMicrosPerRequest() {
        return serverCpuNanos / requests / 1e3;
    }
}
