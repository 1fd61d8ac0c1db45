package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.liteferry.durable.Durable;
import io.liteferry.fixture.KeptVolume;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RehearseCommandTest extends InProcess {
  private static final String OLD = "2026-01-03T10:00:00Z";

  private KeptVolume kept;
  private Path scratch;

  @BeforeEach
  void make() throws IOException {
    scratch = Files.createDirectory(directory.resolve("scratch"));
    kept = new KeptVolume(local, volume, time(0));
    kept.sql("app.db", OLD);
    kept.write("closed/file", "text", OLD);
    Files.setPosixFilePermissions(
        local.resolve("closed"), PosixFilePermissions.fromString("r-xr-xr-x"));
    kept.publish(time(10));
    kept.thin(1);
  }

  private static Instant time(int minute) {
    return Instant.parse("2026-02-01T09:00:00Z").plusSeconds(60L * minute);
  }

  private int rehearse(String... more) {
    var arguments = new ArrayList<Object>(List.of("rehearse", volume, "--in", scratch));
    arguments.addAll(List.of(more));
    return run(arguments.toArray());
  }

  private void corruptAnOlderOne() throws IOException {
    kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('second')");
    kept.publish(time(20));
    try (var bases = Files.walk(volume.resolve(".liteferry/pages"))) {
      TestDatabase.tear(bases.filter(path -> path.endsWith("000000002.db")).findFirst().get(), 1);
    }
  }

  private void assertNothingIsLeft() throws IOException {
    assertEquals(List.of(), Durable.list(scratch));
  }

  @Test
  void rehearse_onePoint_restoresAndChecksIt() throws IOException {
    var before = TreeImage.trace(volume);
    assertEquals(0, rehearse("--time-zone", "UTC"), this::said);
    assertTrue(
        printed().matches("point 2 \\(1 February.* 09:10\\): ok, 1 database, 8\\.2 kB in .* s\n"),
        printed());
    assertNothingIsLeft();
    assertEquals(before, TreeImage.trace(volume));
  }

  @Test
  void rehearse_twoPoints_restoresBoth() throws IOException {
    kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('second')");
    kept.publish(time(20));
    assertEquals(0, rehearse("--json"), this::said);
    var json = JsonParser.parseString(printed()).getAsJsonObject();
    assertEquals(KeptVolume.ID, json.get("volume").getAsString());
    assertTrue(json.get("sound").getAsBoolean());
    var points = json.getAsJsonArray("points");
    assertEquals(2, points.size());
    var newest = points.get(0).getAsJsonObject();
    assertEquals(3, newest.get("generation").getAsLong());
    assertEquals(8196, newest.get("bytes").getAsLong());
    assertEquals(1, newest.get("databases").getAsInt());
    assertEquals("[]", newest.get("problems").toString());
    assertEquals(2, points.get(1).getAsJsonObject().get("generation").getAsLong());
    assertNothingIsLeft();
  }

  @Test
  void rehearse_withATextfile_writesItWhenAllIsSound() throws IOException {
    var metrics = Files.createDirectory(directory.resolve("metrics"));
    var file = metrics.resolve("a.prom");
    assertEquals(0, rehearse("--textfile", file.toString()), this::said);
    var text = Files.readString(file);
    var label = "\\{volume=\"" + volume.toRealPath() + "\"} ";
    for (var name : List.of("last_success_timestamp_seconds", "duration_seconds")) {
      var metric = "liteferry_rehearsal_" + name;
      assertTrue(text.contains("# TYPE " + metric + " gauge\n"), text);
      assertTrue(text.matches("(?s).*\n" + metric + label + "[0-9]+\\.[0-9]{3}\n.*"), text);
    }
    assertEquals(List.of(file), Durable.list(metrics));
    corruptAnOlderOne();
    assertEquals(7, rehearse("--textfile", file.toString()), this::said);
    assertEquals(text, Files.readString(file));
  }

  @Test
  void rehearse_textfileThatNobodyWouldRead_isRefusedAtOnce() {
    assertEquals(2, rehearse("--textfile", directory.resolve("a.txt").toString()), this::said);
    assertTrue(said().contains("ends with .prom"), this::said);
    assertEquals(2, rehearse("--textfile", volume.resolve("a.prom").toString()), this::said);
    assertTrue(said().contains("is on VOLUME: give another directory"), this::said);
    assertEquals(8, rehearse("--textfile", directory + "/none/a.prom"), this::said);
    assertFalse(printed().contains("point"));
  }

  @Test
  void rehearse_databaseIsCorrupt_saysWhich() throws IOException {
    corruptAnOlderOne();
    assertEquals(7, rehearse(), this::said);
    assertTrue(printed().contains("point 3 ("), printed());
    assertTrue(printed().contains("): NOT OK, 1 database, "), printed());
    assertTrue(printed().contains("\n  app.db at 2 does not pass its check ("), printed());
    assertNothingIsLeft();
  }

  @Test
  void rehearse_versionThatWasNotKept_isSaidAndSound() throws IOException {
    kept.loseNext(Path.of("closed/file"), "larger than --keep-file-bytes");
    kept.write("closed/file", "another", OLD);
    kept.publish(time(20));
    assertEquals(0, rehearse(), this::said);
    assertTrue(printed().contains("\n  point 2 lacks closed/file: it was not kept ("), printed());
  }

  @Test
  void rehearse_nothingPublished_isRefused() throws IOException {
    Files.delete(volume.resolve(".liteferry/manifest.json"));
    assertEquals(4, rehearse(), this::said);
    assertTrue(said().contains("has no manifest: is it mounted"), this::said);
  }

  @Test
  void rehearse_directoryOnTheVolumeOrMissing_isRefused() {
    assertEquals(2, run("rehearse", volume, "--in", volume), this::said);
    assertTrue(said().contains("is on VOLUME: give another directory"), this::said);
    assertEquals(8, run("rehearse", volume, "--in", directory.resolve("none")), this::said);
    assertTrue(said().contains("does not exist"), this::said);
    assertEquals(4, run("rehearse", directory.resolve("none"), "--in", scratch), this::said);
    assertFalse(printed().contains("point"));
  }
}
