package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.liteferry.durable.PortableName;
import io.liteferry.fixture.KeptVolume;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.Moments;
import io.liteferry.history.Point;
import io.liteferry.past.History;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people see of a history, to the letter. */
final class HistoryTextTest {
  private static final String OLD = "2026-11-03T10:00:00Z";
  private static final Moments MOMENTS =
      new Moments(ZoneId.of("Europe/Berlin"), Instant.parse("2026-11-27T17:43:00Z"));

  @TempDir Path directory;
  private KeptVolume kept;

  @BeforeEach
  void make() throws IOException {
    kept =
        new KeptVolume(
            directory.resolve("local"),
            directory.resolve("volume"),
            Instant.parse("2026-11-26T08:00:00Z"));
    kept.write("recipes/soup.jpg", "x".repeat(1842), OLD);
    kept.write("recipes/old.jpg", "y".repeat(500), OLD);
    kept.sql("app.db", OLD);
    kept.publish(Instant.parse("2026-11-26T22:40:00Z"));
    kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('second')");
    kept.publish(Instant.parse("1970-01-01T00:00:00Z"));
    kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('third')");
    Files.delete(kept.local.resolve("recipes/soup.jpg"));
    Files.delete(kept.local.resolve("recipes/old.jpg"));
    kept.publish(Instant.parse("2026-11-27T16:58:40Z"));
    kept.write("recipes/line%0Abreak.jpg", "z", OLD);
    kept.publish(Instant.parse("2026-11-27T17:41:07Z"));
    kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('fourth')");
    kept.write("recipes/new.jpg", "new", OLD);
    kept.publish(Instant.parse("2026-11-27T17:42:10Z"));
  }

  private History history() throws IOException {
    return History.read(new Volume(kept.root));
  }

  private String shown(boolean explain) throws IOException {
    var facts = HistoryFacts.of(history(), MOMENTS.zone());
    var points = facts.history().timeline().points();
    var text = new HistoryText(facts, MOMENTS);
    return text.points(points, 0, explain).replaceAll(" of [0-9.]+ GB\\.", " of 2.1 GB.");
  }

  @Test
  void points_ofSomeDays_areTold() throws IOException {
    assertEquals(
        """
        point  when (Europe/Berlin)        changed              frees   kept because
            6  today 18:42:10      now     app.db; +1 file          –   newest, checked
            5  today 18:41:07      1 min   +1 file            0 bytes   last hour
            4  today 17:58:40      44 min  app.db; −2 files   0 bytes   hourly
            3 ~today 17:58:40      44 min  app.db              8.2 kB   last hour
            2  yesterday 23:40:00  19 h    +app.db; +2 files   8.2 kB   daily
            1  yesterday 09:00:00  33 h    –                  0 bytes   hourly
        6 points since yesterday 09:00:00, 27 kB of 2.1 GB.
        """,
        shown(false));
  }

  @Test
  void points_explained_tellAlsoWhatWasThinned() throws IOException {
    kept.thin(4);
    kept.thin(1);
    assertEquals(
        """
        point  when (Europe/Berlin)       changed                     frees   kept because
            6  today 18:42:10      now    app.db; +1 file                 –   newest, checked, last hour, hourly, daily, weekly
               made 2026-11-27T17:42:10Z, epoch 4, check full, by the volume 2026-11-27T17:42:10Z
            5  today 18:41:07      1 min  app.db; +1 file, −2 files  8.2 kB   last hour
               made 2026-11-27T17:41:07Z, epoch 4, check full, by the volume 2026-11-27T17:41:07Z; 1 between 3 and this was thinned
            3 ~today 18:41:07      1 min  app.db                     8.2 kB   last hour
               made 1970-01-01T00:00:00Z, epoch 4, check full, by the volume 1970-01-01T00:00:00Z; its clock was wrong, the time is that of the next point
            2  yesterday 23:40:00  19 h   –                          8.2 kB   hourly, daily
               made 2026-11-26T22:40:00Z, epoch 4, check full, by the volume 2026-11-26T22:40:00Z
        4 points since yesterday 23:40:00, 27 kB of 2.1 GB. 1 more was thinned.
        by default stay all points of 1 h, then the newest of 24 hours, 14 days and 8 weeks in which something changed; rung 0 of the ladder
        """,
        shown(true));
  }

  @Test
  void points_pinned_tellByWhomAndUntilWhen() throws IOException {
    Files.writeString(kept.inGenerations("000002/pin"), "before the\nbig import\n");
    kept.accident("2 of 3 files deleted");
    kept.publish(
        new Point(
            7,
            4,
            Instant.parse("2026-11-27T17:42:20Z"),
            Optional.empty(),
            "p7",
            CheckLevel.FULL,
            Optional.of(new Point.Rollback(2, "request")),
            List.of("app.db: busy")));
    assertEquals(
        """
        point  when (Europe/Berlin)        changed              frees   kept because
            7  today 18:42:20      now     went back to 2           –   newest
            6  today 18:42:10      50 s    app.db; +1 file    0 bytes   last hour, checked, pinned until 4 December: 2 of 3 files deleted
            5  today 18:41:07      1 min   +1 file            0 bytes   last hour
            4  today 17:58:40      44 min  app.db; −2 files   0 bytes   hourly
            3 ~today 17:58:40      44 min  app.db              8.2 kB   last hour
            2  yesterday 23:40:00  19 h    +app.db; +2 files   8.2 kB   daily, pinned: before the\\u000abig import
            1  yesterday 09:00:00  33 h    –                  0 bytes   hourly
        7 points since yesterday 09:00:00, 27 kB of 2.1 GB.
        """,
        shown(false));
  }

  @Test
  void versions_ofAFileThatWasDeleted_sayHowToGetItBack() throws IOException {
    var history = history();
    var path = Path.of("recipes/soup.jpg");
    assertEquals(
        """
        recipes/soup.jpg
          from 4  today 17:58:40      absent (deleted)
          from 2  yesterday 23:40:00  1,842 bytes, 3 November 2026
          from 1  yesterday 09:00:00  absent
        get one: liteferry restore --copy DIR /volume --at 3 --only recipes/soup.jpg
        """,
        new VersionsText(history, MOMENTS)
            .of(
                List.of(new HistoryFacts.OfPath(path, history.versions(path))),
                Path.of("/volume")));
  }

  @Test
  void versions_ofADatabaseAndAHostileName_areShownSafely() throws IOException {
    Files.delete(kept.local.resolve("recipes/line\nbreak.jpg"));
    kept.publish(Instant.parse("2026-11-27T17:42:20Z"));
    var history = history();
    var paths =
        List.of(Path.of("app.db"), PortableName.parse("recipes/line%0Abreak.jpg")).stream()
            .map(
                path -> {
                  try {
                    return new HistoryFacts.OfPath(path, history.versions(path));
                  } catch (IOException e) {
                    throw new IllegalStateException(e);
                  }
                })
            .toList();
    assertEquals(
        """
        app.db
          from 6  today 18:42:10      database, 8,192 bytes, 3 November 2026, check full
          from 4  today 17:58:40      database, 8,192 bytes, 3 November 2026, check full
          from 3 ~today 17:58:40      database, 8,192 bytes, 3 November 2026, check full
          from 2  yesterday 23:40:00  database, 8,192 bytes, 3 November 2026, check full
          from 1  yesterday 09:00:00  absent
        get one: liteferry restore --copy DIR /volume --at 5 --only app.db
        recipes/line\\u000abreak.jpg
          from 7  today 18:42:20      absent (deleted)
          from 5  today 18:41:07      1 byte, 3 November 2026
          from 1  yesterday 09:00:00  absent
        get one: liteferry restore --copy DIR /volume --at 6 --only recipes/line%0Abreak.jpg
        """,
        new VersionsText(history, MOMENTS).of(paths, Path.of("/volume")));
  }

  @Test
  void biggest_ofAll_comesFirst() throws IOException {
    assertEquals(
        """
        most is kept of:
             25 kB  app.db
            1.8 kB  recipes/soup.jpg
         500 bytes  recipes/old.jpg
        """,
        new HistoryText(HistoryFacts.of(history(), MOMENTS.zone()), MOMENTS).biggest());
  }

  @Test
  void differences_ofTwoPoints_areAligned() throws IOException {
    Files.setPosixFilePermissions(
        kept.local.resolve("recipes/new.jpg"),
        java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    kept.publish(Instant.parse("2026-11-27T17:42:20Z"));
    var history = history();
    assertEquals(
        """
        from 2 (yesterday) to 7 (now)
        M  app.db                       8.2 kB    → 8.2 kB
        A  recipes/line\\u000abreak.jpg              1 byte
        A  recipes/new.jpg                          3 bytes
        D  recipes/old.jpg              500 bytes
        D  recipes/soup.jpg             1.8 kB
        1 changed, 2 added, 2 deleted
        """,
        DiffText.of("2 (yesterday)", "7 (now)", history.differences(2, 7)));
    assertEquals(
        """
        from 6 (today) to 7 (now)
        M  recipes/new.jpg  mode 644 → mode 600
        1 changed, 0 added, 0 deleted
        """,
        DiffText.of("6 (today)", "7 (now)", history.differences(6, 7)));
  }
}
