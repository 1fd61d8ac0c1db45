package io.liteferry.restore;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Durable;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** There can be many segments, over a network: they are listed only for databases. */
final class LocalVsVolumeTest {
  @TempDir Path directory;
  private Site site;

  @BeforeEach
  void makeSite() throws IOException {
    site = new Site(directory);
    site.write("notes", "note");
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private RestoreSite both() throws IOException {
    return new RestoreSite(
        site.local, site.asVolume(), site.heldState(), PathFilter.ALL, site.clock);
  }

  private LocalVsVolume comparison() throws IOException {
    return new LocalVsVolume(
        both(),
        new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMinutes(1)),
        new Remembered(),
        site.asVolume().manifest(),
        site.heldState().read());
  }

  /** So that to list it fails. */
  private void letPagesLeadNowhere() throws IOException {
    var pages = site.asVolume().pages();
    if (Durable.isDirectory(pages)) {
      Files.move(pages, directory.resolve("pages"));
    }
    Files.createSymbolicLink(pages, pages.getFileName());
  }

  private void touchAll() throws IOException {
    for (var file : Durable.list(site.local)) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    }
  }

  @Test
  void compare_plainFilesAlone_listsNoSegments() throws Exception {
    site.pass();
    letPagesLeadNowhere();
    touchAll();
    assertFalse(comparison().localHasChangesBeside(Set.of()));
    assertTrue(LocalVsVolume.areIdentical(both()));
  }

  @Test
  void compare_databases_listsThem() throws Exception {
    TestDatabase.create(site.local.resolve("app.db"), "journal_mode=DELETE").close();
    site.pass();
    letPagesLeadNowhere();
    touchAll();
    var comparison = comparison();
    assertThrows(VolumeException.class, () -> comparison.localHasChangesBeside(Set.of()));
  }
}
