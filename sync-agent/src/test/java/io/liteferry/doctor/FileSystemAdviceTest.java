package io.liteferry.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.doctor.Finding.Verdict;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
