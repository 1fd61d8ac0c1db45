package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Digest;
import io.liteferry.fixture.LogLines;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What segments need in state, where state is full or cannot be written to. */
final class StateTroubleTest {
  private static final Path NAME = Path.of("app.db");

  /**
   * What stands where the agent is about to write; a device that takes nothing for want of room.
   */
  private static final Path FULL = Path.of("/dev/full");

  @TempDir Path directory;
  private Site site;
  private TestDatabase app;

  @BeforeEach
  void publishOnce() throws Exception {
    site = new Site(directory).segments(Duration.ofDays(1));
    app = TestDatabase.create(site.local.resolve(NAME), "journal_mode=WAL");
    app.insertMany(2000);
    app.run("PRAGMA wal_checkpoint(TRUNCATE)");
    site.pass();
    app.insert("one");
    site.pass();
  }

  @AfterEach
  void close() throws IOException {
    app.close();
    site.close();
  }

  private Digest plain() throws IOException {
    return Digest.of(site.volume.resolve(NAME));
  }

  private boolean isPlainFileCurrent() {
    return TestDatabase.content(site.volume.resolve(NAME)).equals(app.content());
  }

  /** A name that the agent is going to use in state: the next but so many. */
  private Path scratch(int next) throws IOException {
    var now = site.heldState().scratch();
    int number = Integer.parseInt(now.getFileName().toString().substring(1));
    return now.resolveSibling("s" + (number + next));
  }

  private void assertSays(List<String> lines, String... words) {
    assertEquals(1, lines.size(), lines::toString);
    for (var word : words) {
      assertTrue(lines.getFirst().contains(word), lines::toString);
    }
  }

  @Test
  void pass_pageMapsCannotBeWritten_publishesItWholeAndAllElse() throws Exception {
    site.kill();
    var pages = site.state.resolve("pages");
    Site.deleteContent(pages);
    Files.delete(pages);
    Files.writeString(pages, "in the way");
    app.insert("two");
    Files.writeString(site.local.resolve("notes.txt"), "x");
    try (var log = new LogLines(PageMaps.class, Level.WARNING)) {
      assertTrue(site.pass().isComplete());
      app.insert("three");
      assertTrue(site.pass().isComplete());
      assertSays(log.take(), "STATE " + site.state, "pages/");
    }
    assertTrue(isPlainFileCurrent());
    assertEquals("x", site.published("notes.txt"));
    Files.delete(pages);
    app.insert("four");
    assertTrue(site.pass().isComplete());
    assertFalse(isPlainFileCurrent(), "by a segment again");
  }

  @Test
  void pass_segmentCannotBeWritten_publishesItWhole() throws Exception {
    app.insert("two");
    Files.writeString(site.local.resolve("notes.txt"), "x");
    Files.createSymbolicLink(scratch(1), FULL);
    var report = site.pass();
    assertTrue(report.isComplete(), report::toString);
    assertTrue(isPlainFileCurrent());
    assertEquals("x", site.published("notes.txt"));
  }

  @Test
  void pass_foldDoesNotFitIntoState_publishesASegmentAndFoldsLater() throws Exception {
    var before = plain();
    app.insert("two");
    site.segments(Duration.ZERO);
    Files.createSymbolicLink(scratch(1), FULL);
    try (var log = new LogLines(Folds.class, Level.WARNING)) {
      var report = site.pass();
      assertTrue(report.isComplete(), report::toString);
      assertEquals(1, report.databases());
      assertEquals(before, plain());
      assertSays(log.take(), "STATE " + site.state, "make room there");
    }
    app.insert("three");
    assertTrue(site.pass().isComplete());
    assertEquals(before, plain(), "not tried again at once");
    site.pass(Publisher.Purpose.STOP);
    assertTrue(isPlainFileCurrent());
  }

  @Test
  void pass_foldNeitherFitsNorASegment_isAProblemOfThatDatabaseAlone() throws Exception {
    var before = plain();
    Files.writeString(site.local.resolve("notes.txt"), "x");
    site.segments(Duration.ZERO);
    app.insert("two");
    Files.createSymbolicLink(scratch(2), FULL); // the image; next is what it is compared with
    Files.createSymbolicLink(scratch(3), FULL); // the segment
    var report = site.pass();
    var problem = report.problems().get(NAME);
    assertEquals(Problem.Kind.STATE_UNWRITABLE, problem.kind());
    assertTrue(problem.why().contains("STATE " + site.state), problem::why);
    assertEquals(before, plain());
    assertEquals("x", site.published("notes.txt"));
  }
}
