package io.liteferry.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What segments lead to is published, whether there is a point or not. */
final class SegmentsWithoutPointsTest {
  private static final Path NAME = Path.of("app.db");

  @TempDir Path directory;
  private Site site;
  private String content = "";

  @BeforeEach
  void publishAndLosePoints() throws Exception {
    site = new Site(directory).segments(Duration.ofDays(1));
    try (var app =
        TestDatabase.create(site.local.resolve(NAME), "journal_mode=WAL").insertMany(2000)) {
      site.pass();
      app.insert("more");
      site.pass();
      content = app.content();
    }
    site.stop();
    var manifest = site.asVolume().manifestFile();
    var complete = Files.readString(manifest);
    Files.writeString(manifest, complete.replace("\"complete\": true", "\"complete\": false"));
    var record = new GenerationFiles(site.asVolume()).record(2);
    var text = Files.readString(record);
    Files.writeString(record, text.substring(0, text.lastIndexOf("end ")));
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private void assertCanBeHad() throws Exception {
    try (var other = new Site(Files.createDirectory(directory.resolve("other")))) {
      other.on(site.volume);
      other.copyOnly();
      assertEquals(content, TestDatabase.content(other.local.resolve(NAME)));
    }
  }

  @Test
  void drop_allTwice_leavesWhatSegmentsLeadTo() throws Exception {
    var all = new HistoryOrder.DropPoints(new TreeSet<>());
    site.orderByLease(all);
    assertFalse(Files.exists(site.asVolume().generations()));
    site.orderByLease(all);
    assertCanBeHad();
  }

  /** As on a volume without room for any record. */
  @Test
  void makeRoom_thereIsNoPoint_leavesWhatSegmentsLeadTo() throws Exception {
    site.orderByLease(new HistoryOrder.DropPoints(new TreeSet<>()));
    var volume = site.asVolume();
    var id = volume.id().orElseThrow();
    var lease = site.lease();
    var writer = VolumeWriter.open(volume, lease.staging(), volume.manifest(), () -> {});
    var generations =
        new GenerationWriter(volume, id, writer, KeepSettings.DEFAULT, new HistoryBoard());
    var thinning = generations.thinning();
    thinning.readWhole();
    new HistoryRoom(volume, thinning, new HistoryBoard()).make(List.of(Long.MAX_VALUE), true);
    assertCanBeHad();
  }
}
