package io.devicemapper.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.device.RamDevice;
import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.FaultDevice;
import java.lang.reflect.Method;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every block of Java in the documentation compiles, or is taken from the example's sources; what can run, runs. */
class SnippetsTest {
    private static final String GUIDE = "docs/writing-a-target.md";

    @TempDir
    Path temp;

    @TestFactory
    Stream<DynamicTest> everyBlockCompilesOrIsAnExcerpt() {
        String example = Repository.sources("examples/third-party-target/src").stream()
                .map(Repository::read)
                .reduce("", String::concat);
        List<Snippet> snippets = Repository.pages().stream()
                .flatMap(page -> Snippet.of(page).stream())
                .toList();
        assertTrue(snippets.size() >= 9, () -> "found only " + snippets);
        return snippets.stream()
                .filter(snippet -> !snippet.isExcerptOf(example))
                .map(snippet -> DynamicTest.dynamicTest(snippet.place(), () -> compile(snippet)));
    }

    /** A block may use the README's target. */
    private Compilation compile(Snippet... snippets) throws Exception {
        Map<String, String> units = new HashMap<>();
        units.put("GuardTarget", Snippet.declaring("GuardTarget", "README.md").unit());
        for (Snippet snippet : snippets) {
            units.put(snippet.unitName(), snippet.unit());
        }
        return Compilation.of(units, Files.createTempDirectory(temp, "snippet"));
    }

    @Test
    void theSmallestTargetHas40LinesAtMostAndItsTest20() throws Exception {
        Snippet target = Snippet.declaring("GuardTarget", "README.md");
        Snippet test = Snippet.declaring("GuardTargetTest", GUIDE);
        assertTrue(target.lines() <= 40, () -> target.lines() + " lines");
        assertTrue(test.lines() <= 20, () -> test.lines() + " lines");
        TestRun.passes(compile(target, test), "GuardTargetTest", 10);
    }

    @Test
    void theGuidesInvertingTargetConforms() throws Exception {
        Snippet test = new Snippet("", """
                class InvertTargetTest extends TargetConformanceTest {
                    @Override protected TargetType<?> targetType() { return new InvertTarget(); }
                    @Override protected String args(TestBed bed) { return bed.device("lower", 7 + len()) + " 7"; }
                    @Override protected Set<Behavior> lacks() { return Set.of(Behavior.DISCARDS, Behavior.WRITE_ZEROES); }
                    @Override protected byte[] expectedRead(TestBed bed, long sector) {
                        byte[] inverted = bed.content("lower", 7 + sector);
                        for (int i = 0; i < inverted.length; i++) {
                            inverted[i] = (byte) ~inverted[i];
                        }
                        return inverted;
                    }
                }
                """);
        TestRun.passes(compile(Snippet.declaring("InvertTarget", GUIDE), test), "InvertTargetTest", 10);
    }

    @Test
    void theGuidesFallbackTargetReadsTheSecondWhereTheFirstFails() throws Exception {
        FaultDevice first = new FaultDevice(filled("first", 1));
        Compilation compilation = compile(Snippet.declaring("FallbackTarget", GUIDE));
        try (URLClassLoader loader = compilation.loader();
                DeviceMapper dm = DeviceMapper.builder()
                        .serviceLoader(false)
                        .targetType((TargetType<?>) loader.loadClass("FallbackTarget")
                                .getConstructor()
                                .newInstance())
                        .device("first", first)
                        .device("second", filled("second", 2))
                        .build()) {
            MappedDevice disk = dm.create("disk", "0 8 fallback first second");
            ByteBuffer sector = ByteBuffer.allocate(Bio.SECTOR_SIZE);
            disk.read(3, sector);
            assertEquals(1, sector.get(0));
            first.fail(BioMatch.any(), BioStatus.MEDIUM);
            disk.read(3, sector);
            assertEquals(2, sector.get(0));
            assertThrows(BlockIoException.class, () -> disk.write(3, sector));
        }
    }

    private static BlockDevice filled(String name, int value) throws BlockIoException {
        RamDevice device = RamDevice.create(name, 8 * Bio.SECTOR_SIZE);
        byte[] content = new byte[8 * Bio.SECTOR_SIZE];
        Arrays.fill(content, (byte) value);
        device.write(0, ByteBuffer.wrap(content));
        return device;
    }

    /** The README's application: what it wrote at sector 1500 is in its second file. */
    @Test
    void theApplicationOfTheReadmeRuns() throws Exception {
        Snippet application = Snippet.of(Repository.file("README.md")).stream()
                .filter(snippet -> snippet.code().contains("DeviceMapper.open()"))
                .findFirst()
                .orElseThrow();
        String here = "DeviceMapper.builder().directory(java.nio.file.Path.of(\"" + temp + "\")).build()";
        String unit = application.unit().replace("DeviceMapper.open()", here);
        Compilation compilation = Compilation.of(Map.of("Statements", unit), temp.resolve("application"));
        try (URLClassLoader loader = compilation.loader()) {
            Method run = loader.loadClass("Statements").getDeclaredMethod("run");
            run.setAccessible(true);
            run.invoke(null);
        }
        byte[] second = Files.readAllBytes(temp.resolve("b.img"));
        byte[] hello = new byte[5];
        ByteBuffer.wrap(second).get((1500 - 1024) * 512, hello);
        assertArrayEquals("hello".getBytes(UTF_8), hello);
    }
}
