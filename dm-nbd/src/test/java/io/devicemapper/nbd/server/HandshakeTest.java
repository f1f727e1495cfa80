package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.nbd.protocol.AllocationFlags;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.HandshakeFlags;
import io.devicemapper.nbd.protocol.InfoType;
import io.devicemapper.nbd.protocol.Magic;
import io.devicemapper.nbd.protocol.NbdError;
import io.devicemapper.nbd.protocol.OptionCode;
import io.devicemapper.nbd.protocol.OptionReply;
import io.devicemapper.nbd.protocol.TransmissionFlags;
import io.devicemapper.nbd.protocol.WireSizes;
import io.devicemapper.nbd.server.RawClient.OptionAnswer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class HandshakeTest {
    private static final int DISK_FLAGS = TransmissionFlags.HAS_FLAGS
            | TransmissionFlags.SEND_FLUSH
            | TransmissionFlags.SEND_FUA
            | TransmissionFlags.SEND_TRIM
            | TransmissionFlags.SEND_WRITE_ZEROES
            | TransmissionFlags.SEND_FAST_ZERO
            | TransmissionFlags.SEND_CACHE
            | TransmissionFlags.CAN_MULTI_CONN;

    private final TestDevice disk = new TestDevice(1 << 20);
    private final TestDevice other = new TestDevice(4096);
    private final List<String> holders = new CopyOnWriteArrayList<>();
    private volatile boolean refuseToOpen;
    private ServerBed bed;

    /** Counts who has it open. */
    private record CountedExport(
            String name, String description, BlockDevice device, List<String> holders, HandshakeTest test)
            implements NbdExport {
        @Override
        public Closeable open(String holder) throws IOException {
            if (test.refuseToOpen) {
                throw new IOException("vol0: busy: mounted by somebody");
            }
            holders.add(holder);
            return () -> holders.remove(holder);
        }
    }

    @BeforeEach
    void serve() throws IOException {
        NbdExport first = new CountedExport("disk", "the first one", disk, holders, this);
        NbdExport second = new CountedExport("größer", "", other, holders, this);
        bed = ServerBed.of(new NbdExports() {
            @Override
            public List<NbdExport> list() {
                return List.of(first, second);
            }

            @Override
            public Optional<NbdExport> find(String name) {
                return list().stream().filter(e -> e.name().equals(name)).findFirst();
            }
        });
    }

    @AfterEach
    void stop() throws IOException {
        bed.close();
        assertEquals(List.of(), holders);
    }

    private static String shortText(List<OptionAnswer> answers) {
        return answers.stream()
                .map(answer -> OptionReply.name(answer.type()))
                .toList()
                .toString();
    }

    @Test
    void listsTheExports() throws IOException {
        try (RawClient client = bed.greeted()) {
            List<OptionAnswer> answers = client.ask(OptionCode.LIST);
            assertEquals("[SERVER, SERVER, ACK]", shortText(answers));
            ByteBuffer first = answers.get(0).data();
            assertEquals(4, first.getInt());
            assertEquals(
                    "diskthe first one", StandardCharsets.UTF_8.decode(first).toString());
            ByteBuffer second = answers.get(1).data();
            assertEquals(8, second.getInt(), "bytes, not characters");
            assertEquals("größer", StandardCharsets.UTF_8.decode(second).toString());
            assertEquals("ERR_INVALID", client.askOne(OptionCode.LIST, (byte) 1));
        }
    }

    @Test
    void informsWithoutOpening() throws IOException {
        try (RawClient client = bed.greeted()) {
            byte[] data = RawClient.goData(
                    "disk", InfoType.BLOCK_SIZE, InfoType.DESCRIPTION, InfoType.NAME, InfoType.EXPORT, 4711);
            List<OptionAnswer> answers = client.ask(OptionCode.INFO, data);
            assertEquals("[INFO, INFO, INFO, INFO, ACK]", shortText(answers));
            ByteBuffer export = answers.get(0).data();
            assertEquals(12, export.remaining());
            assertEquals(InfoType.EXPORT, export.getShort());
            assertEquals(1 << 20, export.getLong());
            assertEquals(DISK_FLAGS, export.getShort());
            ByteBuffer sizes = answers.get(1).data();
            assertEquals(14, sizes.remaining());
            assertEquals(InfoType.BLOCK_SIZE, sizes.getShort());
            assertEquals(512, sizes.getInt());
            assertEquals(4096, sizes.getInt());
            assertEquals(32 << 20, sizes.getInt());
            assertEquals("\0\1disk", answers.get(2).text());
            assertEquals("\0\2the first one", answers.get(3).text());
            assertEquals(List.of(), holders);
            // The same again, and then for good: the same answers.
            assertEquals(answers, client.ask(OptionCode.INFO, data));
            assertEquals(
                    withOption(answers, OptionCode.GO),
                    client.ask(OptionCode.GO, data),
                    "INFO and GO must say the same");
            assertEquals(1, holders.size());
            assertTrue(holders.get(0).startsWith("NBD client "), holders::toString);
            assertArrayEquals(new byte[512], client.read(0, 512));
        }
        bed.awaitConnections(0);
        assertEquals(List.of(), holders);
    }

    private static List<OptionAnswer> withOption(List<OptionAnswer> answers, int option) {
        return answers.stream()
                .map(answer -> new OptionAnswer(option, answer.type(), answer.data()))
                .toList();
    }

    @Test
    void tellsOnlyWhatIsAskedFor() throws IOException {
        try (RawClient client = bed.greeted()) {
            assertEquals("[INFO, ACK]", shortText(client.ask(OptionCode.INFO, RawClient.goData("disk"))));
            assertEquals(
                    "[INFO, ACK]",
                    shortText(client.ask(OptionCode.INFO, RawClient.goData("größer", InfoType.DESCRIPTION))),
                    "it has none");
        }
    }

    @Test
    void flagsFollowDeviceAndNegotiation() throws IOException {
        disk.limits = QueueLimits.builder()
                .rotational(true)
                .logicalBlockSize(4096)
                .ioMin(65536)
                .build();
        try (RawClient client = bed.greeted()) {
            assertEquals("ACK", client.askOne(OptionCode.STRUCTURED_REPLY));
            List<OptionAnswer> answers = client.ask(OptionCode.INFO, RawClient.goData("disk", InfoType.BLOCK_SIZE));
            int flags = answers.get(0).data().getShort(10);
            assertEquals(
                    (DISK_FLAGS & ~TransmissionFlags.SEND_TRIM)
                            | TransmissionFlags.ROTATIONAL
                            | TransmissionFlags.SEND_DF,
                    flags);
            assertEquals(4096, answers.get(1).data().getInt(2));
            assertEquals(65536, answers.get(1).data().getInt(6));
            disk.readOnly = true;
            flags = client.ask(OptionCode.INFO, RawClient.goData("disk"))
                    .get(0)
                    .data()
                    .getShort(10);
            assertEquals(
                    TransmissionFlags.HAS_FLAGS
                            | TransmissionFlags.READ_ONLY
                            | TransmissionFlags.SEND_FLUSH
                            | TransmissionFlags.SEND_FUA
                            | TransmissionFlags.ROTATIONAL
                            | TransmissionFlags.SEND_DF
                            | TransmissionFlags.SEND_CACHE
                            | TransmissionFlags.CAN_MULTI_CONN,
                    flags);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, HandshakeFlags.FIXED_NEWSTYLE, RawClient.FLAGS})
    void exportNameAnswersInItsOwnForm(int clientFlags) throws IOException {
        try (RawClient client = RawClient.connect(bed.address())) {
            client.greet(clientFlags);
            client.option(OptionCode.EXPORT_NAME, "größer".getBytes(StandardCharsets.UTF_8));
            boolean zeroes = (clientFlags & HandshakeFlags.NO_ZEROES) == 0;
            ByteBuffer answer = client.receive(10 + (zeroes ? 124 : 0));
            assertEquals(4096, answer.getLong());
            assertEquals(DISK_FLAGS, answer.getShort());
            while (answer.hasRemaining()) {
                assertEquals(0, answer.get());
            }
            assertArrayEquals(new byte[4096], client.read(0, 4096));
        }
    }

    @Test
    void exportNameThatFailsEndsTheConnection() throws IOException {
        try (RawClient client = bed.greeted()) {
            client.option(OptionCode.EXPORT_NAME, "disc".getBytes(StandardCharsets.UTF_8));
            client.awaitHangUp();
        }
        refuseToOpen = true;
        try (RawClient client = bed.greeted()) {
            client.option(OptionCode.EXPORT_NAME, "disk".getBytes(StandardCharsets.UTF_8));
            client.awaitHangUp();
        }
        refuseToOpen = false;
        bed.assertServes();
    }

    @Test
    void onlyExportNameWithoutFixedNewstyle() throws IOException {
        try (RawClient client = RawClient.connect(bed.address())) {
            client.greet(0);
            client.option(OptionCode.LIST);
            client.awaitHangUp();
        }
    }

    @Test
    void abortIsAcknowledged() throws IOException {
        try (RawClient client = bed.greeted()) {
            assertEquals("ACK", client.askOne(OptionCode.ABORT, (byte) 1, (byte) 2));
            client.awaitHangUp();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {OptionCode.PEEK_EXPORT, OptionCode.STARTTLS, OptionCode.EXTENDED_HEADERS, 0, 12, -1, 1 << 31})
    void whatIsNotSupportedIsSkippedAndSaidSo(int option) throws IOException {
        try (RawClient client = bed.greeted()) {
            List<OptionAnswer> answers = client.ask(option);
            assertEquals("[ERR_UNSUP]", shortText(answers));
            assertFalse(answers.get(0).text().isEmpty());
            assertEquals("ERR_UNSUP", client.askOne(option, new byte[1000]));
            assertEquals("[SERVER, SERVER, ACK]", shortText(client.ask(OptionCode.LIST)));
        }
    }

    @Test
    void anUnknownExportIsNamedAsSuch() throws IOException {
        try (RawClient client = bed.greeted()) {
            for (int option : new int[] {OptionCode.INFO, OptionCode.GO, OptionCode.LIST_META_CONTEXT}) {
                byte[] data = option == OptionCode.LIST_META_CONTEXT ? RawClient.metaData("") : RawClient.goData("");
                assertEquals("ERR_UNKNOWN", client.askOne(option, data));
            }
            assertEquals("ERR_UNKNOWN", client.askOne(OptionCode.GO, RawClient.goData("x".repeat(4096))));
            client.ask(OptionCode.GO, RawClient.goData("disk"));
            assertArrayEquals(new byte[512], client.read(0, 512));
        }
    }

    @Test
    void whyAnExportCannotBeOpenedIsTold() throws IOException {
        refuseToOpen = true;
        try (RawClient client = bed.greeted()) {
            List<OptionAnswer> answers = client.ask(OptionCode.GO, RawClient.goData("disk"));
            assertEquals("[ERR_POLICY]", shortText(answers));
            assertEquals("vol0: busy: mounted by somebody", answers.get(0).text());
            refuseToOpen = false;
            assertEquals("[INFO, ACK]", shortText(client.ask(OptionCode.GO, RawClient.goData("disk"))));
        }
    }

    @Test
    void structuredRepliesAreAgreedOnOnce() throws IOException {
        try (RawClient client = bed.greeted()) {
            assertEquals("ERR_INVALID", client.askOne(OptionCode.STRUCTURED_REPLY, (byte) 0));
            assertEquals("ACK", client.askOne(OptionCode.STRUCTURED_REPLY));
            assertEquals("ERR_INVALID", client.askOne(OptionCode.STRUCTURED_REPLY));
        }
    }

    @Test
    void metaContexts() throws IOException {
        try (RawClient client = bed.greeted()) {
            byte[] allocation = RawClient.metaData("disk", "qemu:allocation-depth", AllocationFlags.CONTEXT);
            assertEquals("ERR_INVALID", client.askOne(OptionCode.SET_META_CONTEXT, allocation), "too early");
            assertEquals("[META_CONTEXT, ACK]", shortText(client.ask(OptionCode.LIST_META_CONTEXT, allocation)));
            client.ask(OptionCode.STRUCTURED_REPLY);
            List<OptionAnswer> answers = client.ask(OptionCode.SET_META_CONTEXT, allocation);
            assertEquals("[META_CONTEXT, ACK]", shortText(answers));
            assertEquals("\0\0\0\1base:allocation", answers.get(0).text());

            for (String[] queries :
                    List.of(new String[] {}, new String[] {"base:"}, new String[] {"base:allocation"})) {
                answers = client.ask(OptionCode.LIST_META_CONTEXT, RawClient.metaData("disk", queries));
                assertEquals("[META_CONTEXT, ACK]", shortText(answers));
                assertEquals("\0\0\0\0base:allocation", answers.get(0).text());
            }
            for (String query : List.of("base", "base:allocations", "BASE:", ":", "", "x:", "base:allocation ")) {
                byte[] data = RawClient.metaData("disk", query);
                assertEquals("ACK", client.askOne(OptionCode.LIST_META_CONTEXT, data), query);
                assertEquals("ACK", client.askOne(OptionCode.SET_META_CONTEXT, data), query);
            }
            assertEquals("ACK", client.askOne(OptionCode.SET_META_CONTEXT, RawClient.metaData("disk", "base:")));
        }
    }

    /** What goes between a good SET_META_CONTEXT and GO, and whether block status is to be had afterwards. */
    @ParameterizedTest
    @ValueSource(strings = {"nothing", "otherExport", "unknownExport", "malformed", "emptySet", "list"})
    void theLastSelectionCounts(String between) throws IOException {
        try (RawClient client = bed.greeted()) {
            client.ask(OptionCode.STRUCTURED_REPLY);
            byte[] allocation = RawClient.metaData("disk", AllocationFlags.CONTEXT);
            client.ask(OptionCode.SET_META_CONTEXT, allocation);
            switch (between) {
                case "otherExport" ->
                    client.ask(OptionCode.SET_META_CONTEXT, RawClient.metaData("größer", AllocationFlags.CONTEXT));
                case "unknownExport" ->
                    client.ask(OptionCode.SET_META_CONTEXT, RawClient.metaData("disc", AllocationFlags.CONTEXT));
                case "malformed" -> client.ask(OptionCode.SET_META_CONTEXT, new byte[3]);
                case "emptySet" -> client.ask(OptionCode.SET_META_CONTEXT, RawClient.metaData("disk"));
                case "list" -> client.ask(OptionCode.LIST_META_CONTEXT, RawClient.metaData("disk"));
                default -> assertEquals("nothing", between);
            }
            client.ask(OptionCode.GO, RawClient.goData("disk"));
            client.request(Command.BLOCK_STATUS, 0, 5, 0, 1024);
            RawClient.Chunk chunk = client.chunk();
            if (between.equals("nothing") || between.equals("list")) {
                assertEquals(12, chunk.payload().remaining(), chunk::toString);
            } else {
                assertEquals(NbdError.EINVAL, chunk.error());
            }
        }
    }

    /** Each of these is refused as a whole, and the next option is understood. */
    @Test
    void malformedOptionData() throws IOException {
        byte[] go = RawClient.goData("disk", InfoType.BLOCK_SIZE);
        byte[] meta = RawClient.metaData("disk", "base:allocation");
        List<byte[]> malformedGo = new ArrayList<>();
        List<byte[]> malformedMeta = new ArrayList<>();
        for (int length = 0; length < go.length; length++) {
            malformedGo.add(Arrays.copyOf(go, length));
        }
        for (int length = 0; length < meta.length; length++) {
            malformedMeta.add(Arrays.copyOf(meta, length));
        }
        // More data than the queries or infos use.
        malformedGo.add(Arrays.copyOf(go, go.length + 1));
        malformedMeta.add(Arrays.copyOf(meta, meta.length + 7));
        for (int length : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 5, 4097}) {
            malformedGo.add(ByteBuffer.wrap(go.clone()).putInt(0, length).array());
            malformedMeta.add(ByteBuffer.wrap(meta.clone()).putInt(0, length).array());
            // The number of queries, and the length of the first one.
            malformedMeta.add(ByteBuffer.wrap(meta.clone()).putInt(8, length).array());
            malformedMeta.add(ByteBuffer.wrap(meta.clone()).putInt(12, length).array());
        }
        malformedGo.add(RawClient.goData("a\0b"));
        malformedGo.add(RawClient.goData("x".repeat(4097)));
        malformedMeta.add(RawClient.metaData("disk", "q".repeat(4097)));
        try (RawClient client = bed.greeted()) {
            client.ask(OptionCode.STRUCTURED_REPLY);
            for (byte[] data : malformedGo) {
                assertEquals("ERR_INVALID", client.askOne(OptionCode.INFO, data));
                assertEquals("ERR_INVALID", client.askOne(OptionCode.GO, data));
            }
            for (byte[] data : malformedMeta) {
                assertEquals("ERR_INVALID", client.askOne(OptionCode.LIST_META_CONTEXT, data));
                assertEquals("ERR_INVALID", client.askOne(OptionCode.SET_META_CONTEXT, data));
            }
            client.ask(OptionCode.GO, go);
            client.request(Command.READ, 0, 1, 0, 512);
            assertEquals(8 + 512, client.chunk().payload().remaining());
        }
    }

    @Test
    void optionDataIsLimited() throws IOException {
        try (RawClient client = bed.greeted()) {
            assertEquals("ERR_TOO_BIG", client.askOne(OptionCode.GO, new byte[Handshake.MAX_OPTION_BYTES + 1]));
            assertEquals("ERR_TOO_BIG", client.askOne(4711, new byte[Handshake.MAX_SKIPPED_BYTES]));
            assertEquals("ERR_UNSUP", client.askOne(4711, new byte[Handshake.MAX_OPTION_BYTES]));
        }
        for (int length : new int[] {Handshake.MAX_SKIPPED_BYTES + 1, Integer.MAX_VALUE, -1}) {
            for (int option : new int[] {OptionCode.GO, OptionCode.EXPORT_NAME, OptionCode.ABORT, 4711}) {
                try (RawClient client = bed.greeted()) {
                    client.send(ByteBuffer.allocate(WireSizes.OPTION_HEADER)
                            .putLong(Magic.IHAVEOPT)
                            .putInt(option)
                            .putInt(length));
                    client.awaitHangUp();
                }
            }
        }
        bed.assertServes();
    }

    @Test
    void endlessNegotiationEnds() throws IOException {
        try (RawClient client = bed.greeted()) {
            for (int i = 0; i < Handshake.MAX_OPTIONS; i++) {
                assertEquals("ERR_UNSUP", client.askOne(4711));
            }
            client.awaitHangUp();
        }
    }

    @Test
    void aSilentClientIsHungUpOn() throws IOException {
        try (ServerBed impatient = ServerBed.of(
                        NbdExports.of(Map.of("disk", disk)),
                        settings -> settings.handshakeTimeout(Duration.ofMillis(50)));
                RawClient silent = RawClient.connect(impatient.address());
                RawClient slow = impatient.greeted()) {
            slow.send(ByteBuffer.allocate(3));
            silent.awaitHangUp();
            slow.awaitHangUp();
        }
    }

    @Test
    void theOnlyExportIsTheDefault() throws IOException {
        try (ServerBed single = ServerBed.of(disk);
                RawClient client = RawClient.simple(single.address(), "")) {
            assertEquals(512, client.read(0, 512).length);
        }
        try (ServerBed two = ServerBed.of(NbdExports.of(Map.of("a", disk, "b", other)));
                RawClient client = two.greeted()) {
            assertEquals("ERR_UNKNOWN", client.askOne(OptionCode.GO, RawClient.goData("")));
        }
    }
}
