package io.liteferry.volume;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A segment of a database that is long gone, and that cannot be read. */
final class UnreadSegmentsTest {
  @TempDir Path directory;
  private Site site;
  private Path segment;
  private String text = "";

  @BeforeEach
  void publishSegmentsOfALaterFormat() throws Exception {
    site = new Site(directory).segments(Duration.ofDays(1));
    var gone = site.local.resolve("gone.db");
    try (var app = TestDatabase.create(gone, "journal_mode=DELETE").insertMany(2000)) {
      site.pass();
      app.insert("more");
      site.pass();
    }
    Files.delete(gone);
    site.write("notes", "one");
    site.pass();
    site.pass(); // deletions wait for a second look
    assertFalse(Files.exists(site.volume.resolve("gone.db")));
    site.kill();
    segment = segments().getFirst();
    text = Files.readString(segment, ISO_8859_1);
    var later = text.replace("\"format\":1,", "\"format\":9,");
    Files.writeString(segment, later, ISO_8859_1);
    assertFalse(later.equals(text), () -> text.substring(text.lastIndexOf('{')));
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private List<Path> segments() throws IOException {
    try (var all = Files.walk(site.asVolume().pages())) {
      return all.filter(f -> f.toString().endsWith(".wal")).toList();
    }
  }

  private void dropOlderPoints() throws Exception {
    site.order(new HistoryOrder.DropPoints(new TreeSet<>(Set.of(1L, 2L))));
  }

  @Test
  void pass_segmentOfNoDatabaseIsOfALaterFormat_goesOn() throws Exception {
    site.write("notes", "two");
    assertTrue(site.pass().isComplete());
    assertEquals("two", site.published("notes"));
  }

  /** Nobody knows whether it leads on from a file that is there. */
  @Test
  void sweep_segmentThatCannotBeRead_stays() throws Exception {
    site.pass();
    dropOlderPoints();
    assertTrue(Files.exists(segment));
    site.keep(KeepSettings.NONE);
    site.write("notes", "two");
    site.pass();
    assertTrue(Files.exists(segment));
    Files.writeString(segment, text, ISO_8859_1);
    site.kill();
    site.write("notes", "three");
    site.pass();
    assertFalse(Files.exists(segment));
  }
}
