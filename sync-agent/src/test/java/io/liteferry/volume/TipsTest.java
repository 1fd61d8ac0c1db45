package io.liteferry.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** To list a directory is not atomic: what comes meanwhile may be in it, or not. */
final class TipsTest {
  private static final Path NAME = Path.of("app.db");

  @TempDir Path directory;
  private Site site;
  private Path plain;

  /** The two that come last are published while they are listed: the first of these is not seen. */
  private Path unseen;

  private Path away;

  @BeforeEach
  void publish() throws Exception {
    site = new Site(directory).segments(Duration.ofDays(1));
    try (var app =
        TestDatabase.create(site.local.resolve(NAME), "journal_mode=WAL").insertMany(2000)) {
      site.pass();
      for (int i = 0; i < 3; i++) {
        app.insert("more");
        site.pass();
      }
    }
    plain = site.volume.resolve(NAME);
    try (var all = Files.walk(site.asVolume().pages())) {
      unseen = all.filter(f -> f.toString().endsWith(".wal")).sorted().toList().get(1);
    }
    away = Files.move(unseen, directory.resolve("away"));
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private List<Path> segments(Tips tips) throws IOException {
    return tips.of(NAME, Digest.of(plain), plain).segments();
  }

  @Test
  void of_listingHasAGapThatIsThereNoMore_looksAgain() throws Exception {
    var tips = Tips.of(site.asVolume());
    Files.move(away, unseen);
    assertEquals(3, segments(tips).size());
  }

  @Test
  void of_manifestIsLostAndListingHasAGap_looksAgain() throws Exception {
    Files.delete(site.asVolume().manifestFile());
    var tips = Tips.of(site.asVolume());
    Files.move(away, unseen);
    assertEquals(3, segments(tips).size());
  }

  @Test
  void of_segmentIsMissing_isDamage() throws Exception {
    var tips = Tips.of(site.asVolume());
    assertThrows(DamagedFileException.class, () -> segments(tips));
  }
}
