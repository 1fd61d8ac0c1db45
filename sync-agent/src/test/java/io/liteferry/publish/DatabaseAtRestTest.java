package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A database in WAL mode that nobody has open is published by segments, if it is whole. */
final class DatabaseAtRestTest {
  private static final Path NAME = Path.of("app.db");
  private static final int PAGE = 4096;

  @TempDir Path directory;
  private Site site;
  private Path database;

  @BeforeEach
  void publishOnce() throws Exception {
    site = new Site(directory).segments(Duration.ofDays(1));
    database = site.local.resolve(NAME);
    try (var app = TestDatabase.create(database, "journal_mode=WAL")) {
      app.insertMany(2000);
    }
    pass();
    commit("by a segment");
    pass();
    assertEquals(1, segments());
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private PassReport pass() throws Exception {
    site.clock.letAnHourPass();
    return site.pass();
  }

  private void commit(String word) {
    try (var app = TestDatabase.open(database)) {
      app.run("UPDATE t SET word = '" + word + "' WHERE id = 1").insert(word);
    }
  }

  private long segments() throws IOException {
    try (var all = Files.walk(site.asVolume().pages())) {
      return all.filter(f -> f.toString().endsWith(".wal")).count();
    }
  }

  private String restored() throws Exception {
    try (var other = new Site(Files.createDirectory(directory.resolve("other")))) {
      other.on(site.volume);
      other.copyOnly();
      return TestDatabase.content(other.local.resolve(NAME));
    }
  }

  /** As {@code cp} leaves it when it stalls or dies. */
  @ParameterizedTest
  @ValueSource(ints = {0, 100})
  void pass_halfOfTheDatabaseIsThere_isWithheld(int more) throws Exception {
    var before = TestDatabase.content(database);
    commit("another");
    var all = Files.readAllBytes(database);
    Files.write(database, Arrays.copyOf(all, all.length / PAGE / 2 * PAGE + more));
    var report = pass();
    assertEquals(Set.of(NAME), report.problems().keySet());
    assertEquals(before, restored());
    Files.write(database, all);
    assertTrue(pass().problems().isEmpty());
    assertEquals(2, segments());
  }

  /** As {@code SQLITE_FCNTL_CHUNK_SIZE} makes it. */
  @Test
  void pass_fileIsLongerThanItsHeaderSays_hasThePagesOfTheHeader() throws Exception {
    commit("another");
    long bytes = Files.size(database);
    try (var file = new RandomAccessFile(database.toFile(), "rw")) {
      file.setLength(bytes + 8 * PAGE);
    }
    assertTrue(pass().problems().isEmpty());
    assertEquals(2, segments());
    assertEquals(TestDatabase.content(database), restored());
    assertEquals(bytes, Files.size(directory.resolve("other/local/app.db")));
  }
}
