package io.liteferry.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.history.PageFile;
import io.liteferry.history.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pass keeps while others change the volume, too. */
final class KeptVersionsTest {
  private static final Path NAME = Path.of("app.db");

  @TempDir Path directory;
  private Site site;

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  /** The next record must not fail, nor a base be claimed that nobody has. */
  @Test
  void keep_plainFileOfOlderPointsIsGone_claimsNoBase() throws Exception {
    site = new Site(directory).segments(Duration.ofDays(1));
    try (var app =
        TestDatabase.create(site.local.resolve(NAME), "journal_mode=WAL").insertMany(2000)) {
      site.pass();
      app.insert("more");
      site.pass();
    }
    site.stop();
    var volume = site.asVolume();
    var known = Generations.of(volume);
    var segment = known.listPages().iterator().next();
    var base = PageFile.base(segment.database(), segment.from().orElseThrow(), 8192);
    assertFalse(known.after(base.database(), base.state()).isEmpty());
    Files.delete(site.volume.resolve(NAME));
    for (boolean hasDirectory : new boolean[] {true, false}) {
      var home = volume.pages().resolve(base.database());
      if (!hasDirectory) {
        Files.move(home, directory.resolve("away"));
      }
      var staging = site.lease().staging();
      var kept = new KeptVersions(volume, new VolumeWriter(volume, staging), KeepSettings.DEFAULT);
      var record = staging.freshDirectory();
      var before = names(record.getParent());
      var one =
          new Planned(
              NAME,
              new Version.Lost("the volume was full"),
              new Version.Absent(),
              false,
              Optional.of(base));
      assertEquals(one.was(), kept.keep(List.of(one), record, 3, known).getFirst().was());
      assertFalse(known.listPages().contains(base), "with its directory: " + hasDirectory);
      assertEquals(hasDirectory, Files.exists(home));
      assertEquals(before, names(record.getParent()));
    }
  }

  private static Set<Path> names(Path of) throws IOException {
    try (var names = Files.list(of)) {
      return names.collect(Collectors.toSet());
    }
  }
}
