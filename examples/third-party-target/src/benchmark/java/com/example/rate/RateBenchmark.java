package com.example.rate;

import io.devicemapper.benchkit.TargetBenchmark;
import io.devicemapper.target.TargetType;

/** What the target costs while nothing has to wait. */
public class RateBenchmark extends TargetBenchmark {
    @Override
    protected TargetType<?> targetType() {
        return new RateTarget();
    }

    @Override
    protected String args(String device) {
        return device + " 35 " + Limiter.MAX_BYTES_PER_SECOND;
    }
}
