package io.devicemapper.targets.crypt;

import io.devicemapper.testkit.GoldenBed;
import io.devicemapper.testkit.GoldenDevice;
import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A record of what a kernel's dm-crypt made of the pattern: a table, and digests of plaintext and ciphertext of some sectors. */
final class CryptRecord {
    private final String file;
    private final GoldenRecord record;

    /** What is known of a sector of the mapped device. */
    record Sector(long mapped, long backing, String plaintextSha256, String ciphertextSha256) {}

    /** Sectors without a gap. */
    record Run(long firstMapped, long firstBacking, int sectors) {}

    private CryptRecord(String file, GoldenRecord record) {
        this.file = file;
        this.record = record;
    }

    static List<CryptRecord> all() {
        return Stream.of("crypt-512.rec", "crypt-large-sector.rec", "crypt-big.rec")
                .flatMap(name -> GoldenFile.ofKernel(CryptRecord.class, name).records().stream()
                        .map(record -> new CryptRecord(name, record)))
                .toList();
    }

    static List<CryptRecord> accepted() {
        return all().stream().filter(record -> record.exitCode() == 0).toList();
    }

    static List<CryptRecord> refused() {
        return all().stream().filter(record -> record.exitCode() != 0).toList();
    }

    GoldenBed bed() {
        String[] words = record.value("backing").split(" ", -1);
        return new GoldenBed(
                List.of(new GoldenDevice(words[0], words[1], Long.parseLong(words[2]), Integer.parseInt(words[3]))));
    }

    String backingName() {
        return record.value("backing").split(" ", -1)[0];
    }

    String value(String name) {
        return record.value(name);
    }

    List<String> values(String name) {
        return record.values(name);
    }

    int exitCode() {
        return Integer.parseInt(value("rc"));
    }

    int unitSectors() {
        return Integer.parseInt(value("sector_size")) / 512;
    }

    List<Sector> sectors() {
        return values("sector").stream()
                .map(line -> line.split(" ", -1))
                .map(words -> new Sector(Long.parseLong(words[0]), Long.parseLong(words[1]), words[2], words[3]))
                .toList();
    }

    /** Ciphertext in hexadecimal, by the sector of the mapped device. */
    Map<Long, String> ciphertexts() {
        Map<Long, String> found = new LinkedHashMap<>();
        for (String line : values("hex")) {
            String[] words = line.split(" ", -1);
            found.put(Long.parseLong(words[0]), words[1]);
        }
        return found;
    }

    List<Run> runs() {
        List<Run> runs = new ArrayList<>();
        for (Sector sector : sectors()) {
            Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
            if (last != null && last.firstMapped() + last.sectors() == sector.mapped()) {
                runs.set(runs.size() - 1, new Run(last.firstMapped(), last.firstBacking(), last.sectors() + 1));
            } else {
                runs.add(new Run(sector.mapped(), sector.backing(), 1));
            }
        }
        return runs;
    }

    @Override
    public String toString() {
        return file + ": " + record.id();
    }
}
