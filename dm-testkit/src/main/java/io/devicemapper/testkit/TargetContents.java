package io.devicemapper.testkit;

/** What one target of a test holds: what its author expects, and what was written through it. */
record TargetContents(TargetConformanceTest test, TestBed bed) implements RigIo.Contents {
    @Override
    public void wrote(long sector, byte[] content) {
        bed.wrote(sector, content);
    }

    @Override
    public void forget(long sector) {
        bed.forget(sector);
    }

    @Override
    public byte[] lastWritten(long sector) {
        return bed.lastWritten(sector);
    }

    @Override
    public byte[] expected(long sector) {
        return test.expectedRead(bed, sector);
    }
}
