package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.liteferry.fixture.KeptVolume;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.fixture.TreeImage;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The commands on a volume's history, from their arguments to their exit codes. */
final class HistoryCommandTest extends InProcess {
  private static final String OLD = "2026-01-03T10:00:00Z";

  private KeptVolume kept;
  private Path to;

  @BeforeEach
  void make() throws IOException {
    kept = new KeptVolume(local, volume, time(0));
    kept.write("recipes/soup.jpg", "soup", OLD);
    kept.sql("app.db", OLD);
    kept.publish(time(10));
    kept.sql("app.db", OLD, "INSERT INTO t(word) VALUES ('second')");
    kept.publish(time(20));
    Files.delete(local.resolve("recipes/soup.jpg"));
    kept.write("recipes/stew.jpg", "stew!", OLD);
    kept.publish(time(30));
    kept.thin(3);
    to = directory.resolve("old");
  }

  /** Of 1 February 2026, long ago. */
  private static Instant time(int minute) {
    return Instant.parse("2026-02-01T09:00:00Z").plusSeconds(60L * minute);
  }

  private JsonObject json(Object... arguments) {
    assertEquals(0, run(arguments), this::said);
    return JsonParser.parseString(printed()).getAsJsonObject();
  }

  private void assertRefused(int code, String message, Object... arguments) {
    assertEquals(code, run(arguments), this::said);
    assertTrue(said().contains(message), this::said);
    assertEquals("", printed());
  }

  @Test
  void history_asJson_hasEachPoint() {
    var json = json("history", volume, "--json", "--time-zone", "UTC");
    assertEquals(1, json.get("format").getAsInt());
    assertEquals(KeptVolume.ID, json.get("volume").getAsString());
    assertEquals(4, json.get("generation").getAsLong());
    assertEquals(1, json.get("thinned").getAsInt());
    var points = json.getAsJsonArray("points");
    assertEquals(3, points.size());
    var newest = points.get(2).getAsJsonObject();
    assertEquals("[2,4]", newest.get("spans").toString());
    assertEquals("2026-02-01T09:30:00Z", newest.get("time").getAsString());
    assertEquals(
        "{\"added\":1,\"changed\":0,\"deleted\":1}", newest.getAsJsonObject("files").toString());
    assertEquals(
        "[{\"path\":\"app.db\",\"bytes\":8192,\"form\":\"in-place\",\"checked\":\"full\"}]",
        newest.getAsJsonArray("databases").toString());
    assertTrue(newest.getAsJsonArray("because").toString().contains("newest"));
    assertEquals(8192 + 4, points.get(1).getAsJsonObject().get("freesBytes").getAsLong());
    assertTrue(newest.get("rollbackOf").isJsonNull());
    assertTrue(newest.get("pinnedUntil").isJsonNull());
    assertTrue(newest.get("note").isJsonNull());
  }

  @Test
  void history_ofPinnedPoints_asJson_hasNotes() throws IOException {
    kept.accident("2 of 3 files deleted");
    Files.createDirectories(kept.inGenerations("000001"));
    Files.writeString(kept.inGenerations("000001/pin"), "for ever");
    kept.publish(
        new Point(
            5,
            4,
            time(40),
            Optional.empty(),
            "p5",
            CheckLevel.FULL,
            Optional.of(new Point.Rollback(2, "a request")),
            List.of("app.db: busy")));
    var points = json("history", volume, "--json").getAsJsonArray("points");
    var pinned = points.get(0).getAsJsonObject();
    assertEquals("for ever", pinned.get("note").getAsString());
    assertTrue(pinned.getAsJsonArray("because").toString().contains("pinned"));
    assertTrue(pinned.get("pinnedUntil").isJsonNull());
    var before = points.get(2).getAsJsonObject();
    assertEquals("2026-02-08T09:40:00Z", before.get("pinnedUntil").getAsString());
    assertEquals("2 of 3 files deleted", before.get("note").getAsString());
    var newest = points.get(3).getAsJsonObject();
    assertEquals(2, newest.get("rollbackOf").getAsLong());
    assertEquals("[\"app.db: busy\"]", newest.getAsJsonArray("problems").toString());
  }

  @Test
  void history_betweenTimes_leavesOutTheRest() {
    var json =
        json(
            "history",
            volume,
            "--json",
            "--since",
            "2026-02-01T09:05:00Z",
            "--until",
            "2026-02-01 10:15",
            "--time-zone",
            "Europe/Berlin");
    assertEquals(1, json.getAsJsonArray("points").size());
    assertEquals(
        """
        "2026-02-01T09:05:00Z" is 2026-02-01T10:05:00+01:00 (Europe/Berlin, from --time-zone)
        "2026-02-01 10:15" is 2026-02-01T10:15:00+01:00 (Europe/Berlin, from --time-zone)
        """,
        said());
  }

  @Test
  void history_ofAPath_hasItsVersions() {
    var versions = json("history", volume, "--json", "recipes/soup.jpg").getAsJsonArray("versions");
    assertEquals(
        "[{\"path\":\"recipes/soup.jpg\",\"from\":1,\"to\":1,\"kind\":\"absent\",\"others\":false},"
            + "{\"path\":\"recipes/soup.jpg\",\"from\":2,\"to\":2,\"kind\":\"file\",\"bytes\":4,"
            + "\"mtime\":\"2026-01-03T10:00:00Z\",\"others\":false},"
            + "{\"path\":\"recipes/soup.jpg\",\"from\":4,\"to\":4,\"kind\":\"absent\",\"others\":false}]",
        versions.toString());
    assertEquals(0, run("history", volume, volume.resolve("recipes/soup.jpg")), this::said);
    assertTrue(printed().contains("--at 2 --only recipes/soup.jpg"), printed());
  }

  @Test
  void history_ofAPathThatNeverWas_namesSimilarOnes() {
    assertRefused(
        3,
        "liteferry: recipes/Soop.jpg is at no kept point; near: recipes/soup.jpg\n",
        "history",
        volume,
        "recipes/Soop.jpg");
    assertRefused(
        3,
        "liteferry: zzz\\u000a is at no kept point: give a path relative to VOLUME, as liteferry"
            + " diff prints it\n",
        "history",
        volume,
        "zzz\n");
  }

  @Test
  void history_ofADirectoryThatIsNoVolume_exitsWith4() throws IOException {
    assertRefused(4, "is not a volume of Liteferry", "history", local);
    assertRefused(4, "does not exist", "history", directory.resolve("none"));
    assertRefused(4, "is not a volume of Liteferry", "diff", local);
  }

  @Test
  void history_wrongOptions_exitWith2() {
    assertRefused(2, "'soon' is not a point", "history", volume, "--since", "soon");
    assertRefused(2, "--since takes a time", "history", volume, "--since", "12");
    assertRefused(2, "'Mars' is not a time zone", "history", volume, "--time-zone", "Mars");
  }

  @Test
  void diff_withoutPoints_showsWhatCameLast() {
    assertEquals(0, run("diff", volume), this::said);
    assertEquals(
        """
        from 2 (1 February 09:10) to 4 (now)
        M  app.db            8.2 kB  → 8.2 kB
        D  recipes/soup.jpg  4 bytes
        A  recipes/stew.jpg            5 bytes
        1 changed, 1 added, 1 deleted
        """,
        printed().replace("February 2026", "February"));
    assertEquals(0, run("diff", volume, "--from", "4", "--to", "2", "recipes"), this::said);
    assertTrue(printed().contains("A  recipes/soup.jpg"), printed());
    assertTrue(printed().endsWith("0 changed, 1 added, 1 deleted\n"), printed());
  }

  @Test
  void diff_asJson_hasBothVersions() {
    var json = json("diff", volume, "--from", "2", "--json", "recipes/soup.jpg");
    assertEquals(2, json.get("from").getAsLong());
    assertEquals(4, json.get("to").getAsLong());
    assertEquals(
        "[{\"path\":\"recipes/soup.jpg\",\"change\":\"deleted\",\"was\":{\"kind\":\"file\",\"bytes\":4,"
            + "\"mtime\":\"2026-01-03T10:00:00Z\"},\"now\":{\"kind\":\"absent\"}}]",
        json.getAsJsonArray("changes").toString());
  }

  @Test
  void diff_fromAPointThatWasThinned_namesTheNearest() {
    assertRefused(3, "point 3 was thinned. Nearest: 2 (", "diff", volume, "--from", "3");
    assertTrue(said().contains("\nUse --at 2, --at 4, or --nearest.\n"), said());
  }

  @Test
  void restore_ofOneFile_saysWhereItIs() throws IOException {
    var before = TreeImage.trace(volume);
    var arguments =
        new Object[] {
          "restore",
          "--copy",
          to,
          volume,
          "--at",
          "2",
          "--only",
          "recipes/soup.jpg",
          "--time-zone",
          "UTC"
        };
    assertEquals(0, run(arguments), this::said);
    assertEquals(
        """
        %s has 1 file, 4 bytes as of 2 (1 February 09:10)
          %s
        """
            .formatted(to, to.resolve("recipes/soup.jpg")),
        printed().replace("February 2026", "February"));
    assertEquals("soup", Files.readString(to.resolve("recipes/soup.jpg")));
    assertEquals(before, TreeImage.trace(volume));
    assertRefused(3, to + " is not empty; give another directory for --copy", arguments);
  }

  @Test
  void restore_ofAPoint_isThePoint() {
    assertEquals(0, run("restore", "--copy", to, volume, "--at", "g2"), this::said);
    assertEquals(kept.images().get(2L), TreeImage.of(to));
    assertFalse(Files.exists(directory.resolve("old.liteferry")));
    assertEquals("1", TestDatabase.valueIn(to.resolve("app.db"), "SELECT count(*) FROM t"));
  }

  @Test
  void restore_ofATimeThatWasThinned_namesTheNearestOrTakesIt() {
    assertRefused(
        3,
        "no point is kept from then. Nearest: 2 (",
        "restore",
        "--copy",
        to,
        volume,
        "--at",
        "2026-02-01T09:25:00Z");
    assertTrue(said().contains("; 1 in between was thinned.\nUse --at 2, --at 4, or --nearest.\n"));
    assertEquals(
        0,
        run("restore", "--copy", to, volume, "--at", "2026-02-01T09:29:00Z", "--nearest"),
        this::said);
    assertTrue(printed().contains(" as of 4 ("), printed());
  }

  @Test
  void restore_ofAllVersions_makesADirectoryForEach() {
    assertEquals(
        0,
        run("restore", "--copy", to, volume, "--at", "4", "--only", "app.db", "--all-versions"),
        this::said);
    assertEquals(
        """
        %1$s has 2 versions
          %1$s/2/app.db
          %1$s/4/app.db
        """
            .formatted(to),
        printed());
    assertEquals("2", TestDatabase.valueIn(to.resolve("4/app.db"), "SELECT count(*) FROM t"));
  }

  @Test
  void restore_ofAPathThatIsNotAtThePoint_saysWhereItIs() {
    assertRefused(
        3,
        "recipes/soup.jpg is not at 4; --at 2 has it",
        "restore",
        "--copy",
        to,
        volume,
        "--at",
        "4",
        "--only",
        "recipes/soup.jpg");
  }

  @Test
  void restore_somethingWasNotKept_copiesTheRestAndExitsWith3Or7() throws IOException {
    Files.delete(volume.resolve(".liteferry/generations/000004/0000-soup.jpg"));
    assertEquals(7, run("restore", "--copy", to, volume, "--at", "2"), this::said);
    assertTrue(said().contains("liteferry: point 2 lacks recipes/soup.jpg ("), said());
    assertTrue(Files.exists(to.resolve("app.db")));
  }

  @Test
  void restore_wrongOptions_exitWith2() {
    assertRefused(2, "need --copy", "restore", local, volume, "--at", "2", "--only", "f");
    assertRefused(2, "--request needs --at", "restore", local, volume, "--request", "2");
    assertRefused(2, "another point at each start", "run", local, volume, "--at", "2h ago");
    assertRefused(2, "need --at", "restore", "--copy", to, volume, "--only", "f");
    assertRefused(
        2, "needs --only", "restore", "--copy", to, volume, "--at", "2", "--all-versions");
    assertRefused(
        2, "exclude each other", "restore", "--copy", "--dry-run", to, volume, "--at", "2");
  }

  @Test
  void verify_ofASoundHistory_exitsWith0() {
    assertEquals(0, run("verify", volume, "--history"), this::said);
    assertEquals("ok  app.db\n1 database, 0 not sound\n3 points, 0 not sound\n", printed());
  }

  @Test
  void verify_somethingIsBroken_exitsWith7() throws IOException {
    var object = volume.resolve(".liteferry/generations/000004/0000-soup.jpg");
    Files.writeString(object, "longer than it was");
    Files.writeString(object.resolveSibling("0007-orphan"), "12345");
    assertEquals(7, run("verify", volume, "--history"), this::said);
    assertEquals(
        """
        ok  app.db
        1 database, 0 not sound
        broken  recipes/soup.jpg at point 2  (.liteferry/generations/000004/0000-soup.jpg has 18 bytes, not 4)
        3 points, 1 not sound
        1 kept file that no point needs, 5 bytes: the agent removes what is older than an hour
        """,
        printed());
    assertEquals(7, run("verify", volume, "--history", "--json"), this::said);
    var history = JsonParser.parseString(printed()).getAsJsonObject().getAsJsonObject("history");
    assertEquals(1, history.get("orphans").getAsInt());
    assertEquals(
        "[2]", history.getAsJsonArray("broken").get(0).getAsJsonObject().get("points").toString());
    assertEquals(0, run("verify", volume), this::said);
  }

  @Test
  void zone_ofTheProcess_isTakenWhereItIsOne() {
    assertEquals("UTC", TimeOptions.zoneOfProcess(null).getId());
    assertEquals("Europe/Berlin", TimeOptions.zoneOfProcess(":Europe/Berlin").getId());
    assertEquals("UTC", TimeOptions.zoneOfProcess("CET-1CEST,M3.5.0,M10.5.0/3").getId());
  }

  @Test
  void history_somethingWasNotKept_saysWhichPointsLackIt() throws Exception {
    kept.write("big.mp4", "big", OLD);
    kept.publish(time(40));
    kept.loseNext(Path.of("big.mp4"), "larger than --keep-file-bytes");
    Files.delete(local.resolve("big.mp4"));
    kept.publish(time(50));
    var points = json("history", volume, "--json").getAsJsonArray("points");
    assertEquals(1, points.get(points.size() - 2).getAsJsonObject().get("lacks").getAsInt());
    assertEquals(0, points.get(points.size() - 1).getAsJsonObject().get("lacks").getAsInt());
    assertEquals(0, run("history", volume), this::said);
    assertTrue(printed().contains("; LACKS 1 file\n"), this::printed);
    assertTrue(printed().endsWith("liteferry verify --history names it\n"), this::printed);
  }
}
