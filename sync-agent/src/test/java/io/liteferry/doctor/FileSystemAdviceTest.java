package io.liteferry.doctor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.doctor.Finding.Verdict;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FileSystemAdviceTest {
  /** As a kernel shows them. */
  private static final List<String> MOUNTINFO =
      List.of(
          "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
          "30 22 0:25 / /mnt/my\\040nfs rw,relatime shared:9 - nfs4 server:/export"
              + " rw,vers=4.2,rsize=1048576,hard,proto=tcp",
          "31 30 0:26 / /mnt/my\\040nfs/inner rw - tmpfs tmpfs rw,size=10k",
          "32 22 0:27 / /srv rw - xfs /dev/a rw",
          "33 22 0:28 / /srv rw - btrfs /dev/b rw",
          "nonsense");

  @Test
  void of_nestedAndCoveredMounts_isTheOneThatIsSeen() {
    assertEquals("ext4", Mount.of(Path.of("/home"), MOUNTINFO).orElseThrow().type());
    assertEquals("nfs4", Mount.of(Path.of("/mnt/my nfs/a"), MOUNTINFO).orElseThrow().type());
    assertEquals("tmpfs", Mount.of(Path.of("/mnt/my nfs/inner"), MOUNTINFO).orElseThrow().type());
    assertEquals("btrfs", Mount.of(Path.of("/srv/app"), MOUNTINFO).orElseThrow().type());
    assertEquals("ext4", Mount.of(Path.of("/srv2"), MOUNTINFO).orElseThrow().type());
    assertEquals(Optional.empty(), Mount.of(Path.of("/x"), List.of("nonsense")));
    assertTrue(Mount.of(Path.of("/mnt/my nfs"), MOUNTINFO).orElseThrow().has("hard"));
  }

  /** The encoding of names in this process need not be UTF-8. */
  @Test
  void read_namesThatAreNoText_areNoError(@TempDir Path directory) throws Exception {
    var mountinfo = directory.resolve("mountinfo");
    var lines = "1 0 0:1 / / rw - ext4 a rw\n2 1 0:2 / /mnt/\u00ff rw - nfs4 b rw\n";
    Files.write(mountinfo, lines.getBytes(ISO_8859_1));
    var mounts = Mount.read(mountinfo);
    assertEquals("ext4", Mount.of(Path.of("/mnt"), mounts).orElseThrow().type());
  }

  @Test
  void of_nameBeyondAscii_isFound() {
    var names = Charset.forName(System.getProperty("sun.jnu.encoding"));
    assertTrue(names.newEncoder().canEncode('\u00fc'), "run with a UTF-8 locale, as C.UTF-8");
    var name = new String("/mnt/\u00fcber".getBytes(names), ISO_8859_1);
    var mounts = List.of("1 0 0:1 / / rw - ext4 a rw", "2 1 0:2 / " + name + " rw - nfs4 b rw");
    var found = Mount.of(Path.of("/mnt/\u00fcber/x"), mounts).orElseThrow();
    assertEquals("nfs4 from b at /mnt/\u00fcber", found.toString());
  }

  private static Mount mount(String point, String type, String options) {
    return Mount.of(
            Path.of(point),
            List.of("30 22 0:25 / %s rw - %s source %s".formatted(point, type, options)))
        .orElseThrow();
  }

  private static Verdict worst(List<Finding> findings) {
    return findings.stream().map(Finding::verdict).max(Comparator.naturalOrder()).orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "ext4, rw, OK, OK, NOTE",
    "xfs, rw, OK, OK, NOTE",
    "nfs4, 'rw,vers=4.2,hard', PROBLEM, WARNING, OK",
    "nfs4, 'rw,vers=4.1,soft', PROBLEM, WARNING, WARNING",
    "nfs4, 'rw,vers=4.1,hard,noac', PROBLEM, WARNING, NOTE",
    "nfs4, 'rw,vers=4.0,hard', PROBLEM, WARNING, NOTE",
    "nfs, 'rw,vers=3,hard', PROBLEM, WARNING, NOTE",
    "nfs4, 'rw,vers=4.2,hard,nocto', PROBLEM, WARNING, PROBLEM",
    "nfs4, 'ro,vers=4.2,hard', PROBLEM, PROBLEM, PROBLEM",
    "cifs, rw, PROBLEM, WARNING, WARNING",
    "ceph, rw, PROBLEM, WARNING, OK",
    "fuse.sshfs, rw, WARNING, WARNING, WARNING",
    "9p, rw, WARNING, WARNING, WARNING",
    "tmpfs, rw, WARNING, WARNING, PROBLEM",
    "overlay, rw, WARNING, WARNING, PROBLEM",
  })
  void of_typeAndOptions_isJudgedByWhatItIsFor(
      String type, String options, Verdict local, Verdict state, Verdict volume) {
    var mount = mount("/mnt/a", type, options);
    assertEquals(local, worst(FileSystemAdvice.ofLocal(mount)));
    assertEquals(state, worst(FileSystemAdvice.ofState(mount)));
    assertEquals(volume, worst(FileSystemAdvice.ofVolume(mount)));
    for (var finding : FileSystemAdvice.ofVolume(mount)) {
      boolean mustHave = finding.verdict().compareTo(Verdict.NOTE) > 0;
      assertTrue(!mustHave || !finding.remedy().isEmpty(), finding::toString);
    }
  }

  @Test
  void ofVolume_nothingMounted_asksForTheMount() {
    var findings = FileSystemAdvice.ofVolume(mount("/", "ext4", "rw"));
    assertEquals(Verdict.WARNING, worst(findings));
    assertTrue(findings.getFirst().remedy().contains("mounted"), findings::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tmpfs", "ramfs"})
  void ofLocal_inMemory_isOneFindingWithAllThatFollows(String type) {
    var findings = FileSystemAdvice.ofLocal(mount("/data", type, "rw"));
    assertEquals(1, findings.size());
    var text = findings.getFirst().text();
    for (var part : List.of("container's limit", "node restarts", "memory mapping")) {
      assertTrue(text.contains(part), text);
    }
    assertTrue(findings.getFirst().remedy().contains("medium: Memory"), findings::toString);
  }
}
