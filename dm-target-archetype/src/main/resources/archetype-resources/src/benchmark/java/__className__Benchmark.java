package ${package};

import io.devicemapper.benchkit.TargetBenchmark;
import io.devicemapper.target.TargetType;

/** What the target costs. */
public class ${className}Benchmark extends TargetBenchmark {
    @Override
    protected TargetType<?> targetType() {
        return new ${className}();
    }
}
