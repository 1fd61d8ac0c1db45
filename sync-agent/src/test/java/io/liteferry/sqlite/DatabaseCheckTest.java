package io.liteferry.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Names;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.sqlite.DatabaseCheck.Level;
import io.liteferry.sqlite.DatabaseCheck.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

final class DatabaseCheckTest {
  @TempDir Path directory;
  private Path database;

  @BeforeEach
  void name() {
    database = directory.resolve("app.db");
  }

  @ParameterizedTest
  @EnumSource(Level.class)
  void check_soundDatabase_isSound(Level level) {
    TestDatabase.create(database).insertMany(1_000).close();
    assertInstanceOf(
        Outcome.Sound.class, new DatabaseCheck(level, Duration.ofMinutes(1)).check(database));
  }

  @Test
  void check_anyName_isSound() {
    for (var name : Names.below(directory)) {
      TestDatabase.create(name).close();
      assertInstanceOf(
          Outcome.Sound.class,
          new DatabaseCheck(Level.FULL, Duration.ofMinutes(1)).check(name),
          name.toString());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Level.class,
      names = {"QUICK", "FULL"})
  void check_tornPage_isCorrupt(Level level) {
    TestDatabase.create(database).insertMany(1_000).close();
    TestDatabase.tear(database, 5);
    var corrupt =
        assertInstanceOf(
            Outcome.Corrupt.class, new DatabaseCheck(level, Duration.ofMinutes(1)).check(database));
    assertFalse(corrupt.findings().isEmpty());
    assertTrue(corrupt.findings().size() <= 5, "findings are to be read by people");
  }

  @Test
  void check_tornFirstPage_isCorrupt() throws IOException {
    TestDatabase.create(database).insertMany(1_000).close();
    TestDatabase.tear(database, 1);
    assertInstanceOf(
        Outcome.Corrupt.class,
        new DatabaseCheck(Level.QUICK, Duration.ofMinutes(1)).check(database));
    Files.write(database, new byte[0]);
    Files.writeString(database, "no database at all".repeat(100));
    assertInstanceOf(
        Outcome.Corrupt.class,
        new DatabaseCheck(Level.QUICK, Duration.ofMinutes(1)).check(database));
  }

  @Test
  void check_indexWithAnotherWordThanItsTable_isFoundByTheFullCheckAlone() {
    try (var live = TestDatabase.create(database).insertMany(10)) {
      live.run("CREATE INDEX i ON t(word)", "PRAGMA writable_schema = ON");
      // the index is forgotten for one statement
      live.run(
          "UPDATE sqlite_schema SET type = 'table', name = 'hidden', tbl_name = 'hidden', sql ="
              + " 'CREATE TABLE hidden(x, y, PRIMARY KEY(x, y)) WITHOUT ROWID' WHERE name = 'i'",
          "PRAGMA writable_schema = RESET");
      live.run("UPDATE hidden SET x = 'z' WHERE x IN (SELECT x FROM hidden LIMIT 1)");
      live.run(
          "PRAGMA writable_schema = ON",
          "UPDATE sqlite_schema SET type = 'index', name = 'i', tbl_name = 't', sql ="
              + " 'CREATE INDEX i ON t(word)' WHERE name = 'hidden'",
          "PRAGMA writable_schema = RESET");
    }
    assertEquals(
        new Outcome.Sound(), new DatabaseCheck(Level.QUICK, Duration.ofMinutes(1)).check(database));
    assertInstanceOf(
        Outcome.Corrupt.class,
        new DatabaseCheck(Level.FULL, Duration.ofMinutes(1)).check(database));
  }

  @Test
  void check_levelNone_looksAtNothing() {
    assertInstanceOf(
        Outcome.Sound.class, new DatabaseCheck(Level.NONE, Duration.ofMinutes(1)).check(database));
  }

  @ParameterizedTest
  @EnumSource(
      value = Level.class,
      names = {"QUICK", "FULL"})
  void check_missingCollation_isNoCorruption(Level level) {
    createWithCollation();
    assertIsNotCorrupt(level);
  }

  @ParameterizedTest
  @EnumSource(
      value = Level.class,
      names = {"QUICK", "FULL"})
  void check_damageBesideMissingCollation_isFound(Level level) {
    createWithCollation();
    TestDatabase.tear(database, 5);
    assertInstanceOf(
        Outcome.Corrupt.class, new DatabaseCheck(level, Duration.ofMinutes(1)).check(database));
  }

  private void createWithCollation() {
    try (var live = TestDatabase.create(database).insertMany(1_000)) {
      live.withCollation("APPLICATION")
          .run(
              "CREATE TABLE named(name TEXT COLLATE APPLICATION)",
              "CREATE INDEX i ON named(name)",
              "INSERT INTO named SELECT word FROM t");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Level.class,
      names = {"QUICK", "FULL"})
  void check_missingModule_isNoCorruption(Level level) {
    TestDatabase.create(database).insertMany(1_000).withMissingModule().close();
    assertIsNotCorrupt(level);
  }

  @ParameterizedTest
  @EnumSource(
      value = Level.class,
      names = {"QUICK", "FULL"})
  void check_damageBesideMissingModule_isFound(Level level) {
    TestDatabase.create(database).insertMany(1_000).withMissingModule().close();
    TestDatabase.tear(database, 5);
    assertInstanceOf(
        Outcome.Corrupt.class, new DatabaseCheck(level, Duration.ofMinutes(1)).check(database));
  }

  @Test
  void check_fullTextTableWithUnknownTokenizer_isNoCorruption() {
    try (var live = TestDatabase.create(database)) {
      live.run("CREATE VIRTUAL TABLE f USING fts5(x)", "INSERT INTO f VALUES ('some words')");
      live.run(
          "PRAGMA writable_schema = ON",
          "UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE f USING fts5(x,"
              + " tokenize=''of_the_application'')' WHERE name = 'f'",
          "PRAGMA writable_schema = OFF");
    }
    assertIsNotCorrupt(Level.QUICK);
    assertIsNotCorrupt(Level.FULL);
  }

  @Test
  void check_generatedColumnWithUnknownFunction_isNoCorruption() {
    try (var live = TestDatabase.create(database)) {
      live.run(
          "CREATE TABLE g(a INTEGER, b INTEGER AS (abs(a)) CHECK (b >= 0))",
          "INSERT INTO g(a) VALUES (-1)",
          "CREATE INDEX i ON g(b)");
      live.run(
          "PRAGMA writable_schema = ON",
          "UPDATE sqlite_schema SET sql = replace(sql, 'abs(', 'of_the_application(')",
          "PRAGMA writable_schema = OFF");
    }
    assertIsNotCorrupt(Level.QUICK);
    assertIsNotCorrupt(Level.FULL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE INDEX i ON t(application(word))",
        "CREATE INDEX i ON t(word) WHERE application(word) > ''",
        "CREATE TABLE c(x CHECK (application(x) IS NOT NULL))",
        "CREATE TABLE d(x DEFAULT (application('x')))",
        "CREATE VIEW w AS SELECT application(word) FROM t",
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT application(new.word); END",
        "CREATE TABLE s(x, y AS (application(x)) STORED)",
        "CREATE VIRTUAL TABLE f USING fts4(x)",
        "CREATE VIRTUAL TABLE g USING rtree(id, a, b)",
      })
  void check_functionOfTheApplication_isNoCorruption(String sql) {
    try (var live = TestDatabase.create(database).insertMany(10)) {
      live.withFunction("application").run(sql);
    }
    assertIsNotCorrupt(Level.QUICK);
    assertIsNotCorrupt(Level.FULL);
  }

  @Test
  void check_olderFullTextTableWithUnknownTokenizer_isNoCorruption() {
    try (var live = TestDatabase.create(database)) {
      live.run("CREATE VIRTUAL TABLE f USING fts4(x)", "INSERT INTO f VALUES ('some words')");
      live.run(
          "PRAGMA writable_schema = ON",
          "UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE f USING fts4(x,"
              + " tokenize=of_the_application)' WHERE name = 'f'",
          "PRAGMA writable_schema = OFF");
    }
    assertIsNotCorrupt(Level.QUICK);
    assertIsNotCorrupt(Level.FULL);
  }

  private void assertIsNotCorrupt(Level level) {
    var outcome = new DatabaseCheck(level, Duration.ofMinutes(1)).check(database);
    assertFalse(outcome instanceof Outcome.Corrupt, () -> level + ": " + outcome);
  }

  @Test
  void check_missingModule_saysWhatCouldNotBeChecked() {
    createWithCollation();
    var outcome = new DatabaseCheck(Level.FULL, Duration.ofMinutes(1)).check(database);
    var partly = assertInstanceOf(Outcome.PartlyChecked.class, outcome);
    assertTrue(partly.why().contains("APPLICATION"), partly.why());
  }

  @Test
  void check_sound_changesNothingAndLeavesNoSideFile() throws IOException {
    TestDatabase.create(database, "journal_mode = WAL").close();
    new DatabaseCheck(Level.FULL, Duration.ofMinutes(1)).check(database);
    try (var names = Files.list(directory)) {
      assertEquals(1, names.count());
    }
  }

  /** A check evaluates what the schema says, and the schema is the application's. */
  @Test
  void check_schemaThatNeverEnds_isGivenUpInTime() {
    TestDatabase.createCheckThatNeverEnds(database);
    long begun = System.nanoTime();
    var outcome = new DatabaseCheck(Level.QUICK, Duration.ofMillis(200)).check(database);
    assertEquals(new Outcome.Unfinished(Duration.ofMillis(200)), outcome);
    assertTrue(System.nanoTime() - begun < Duration.ofSeconds(20).toNanos(), "not in time");
  }

  @ParameterizedTest
  @EnumSource(
      value = Level.class,
      names = {"QUICK", "FULL"})
  void check_fileThatCannotBeOpenedOrRead_isNotChecked(Level level) throws IOException {
    var check = new DatabaseCheck(level, Duration.ofMinutes(1));
    assertInstanceOf(Outcome.NotChecked.class, check.check(database));
    Files.createDirectory(database);
    assertInstanceOf(Outcome.NotChecked.class, check.check(database));
  }

  @ParameterizedTest
  @EnumSource(
      value = SQLiteErrorCode.class,
      names = {
        "SQLITE_IOERR",
        "SQLITE_IOERR_READ",
        "SQLITE_NOMEM",
        "SQLITE_FULL",
        "SQLITE_CANTOPEN",
        "SQLITE_PERM",
        "SQLITE_BUSY",
        "SQLITE_MISUSE"
      })
  void outcome_errorOfTheEnvironment_isNotChecked(SQLiteErrorCode code) {
    assertEquals(
        new Outcome.NotChecked("SQLite could not check it: of SQLite"),
        DatabaseCheck.outcome(database, new SQLiteException("of SQLite", code)));
  }

  @ParameterizedTest
  @EnumSource(
      value = SQLiteErrorCode.class,
      names = {"SQLITE_CORRUPT", "SQLITE_CORRUPT_VTAB", "SQLITE_NOTADB", "SQLITE_ERROR"})
  void outcome_errorOfTheContent_isCorrupt(SQLiteErrorCode code) {
    assertEquals(
        new Outcome.Corrupt(List.of("of SQLite")),
        DatabaseCheck.outcome(database, new SQLiteException("of SQLite", code)));
  }

  @Test
  void outcome_pathLongerThanSQLiteTakes_isPartlyChecked() {
    var e = new SQLiteException("of SQLite", SQLiteErrorCode.SQLITE_CANTOPEN);
    int room = 512 - 8 - database.toString().length() - 1;
    var longest = database.resolve("x".repeat(room));
    assertInstanceOf(Outcome.NotChecked.class, DatabaseCheck.outcome(longest, e));
    assertInstanceOf(
        Outcome.PartlyChecked.class,
        DatabaseCheck.outcome(database.resolve("x".repeat(room + 1)), e));
  }

  /** Guards the length by which the two kinds of that error are told apart. */
  @Test
  void check_pathAsLongAsSQLiteTakes_isSoundAndOneLongerPartlyChecked() throws IOException {
    TestDatabase.create(database).insertMany(10).close();
    var deep = directory;
    while (512 - 8 - deep.toString().length() > 200) {
      deep = Files.createDirectory(deep.resolve("d".repeat(100)));
    }
    int room = 512 - 8 - deep.toString().length() - 1;
    var longest = Files.copy(database, deep.resolve("x".repeat(room)));
    var longer = Files.copy(database, deep.resolve("x".repeat(room + 1)));
    var check = new DatabaseCheck(Level.QUICK, Duration.ofMinutes(1));
    assertInstanceOf(Outcome.Sound.class, check.check(longest));
    assertInstanceOf(Outcome.PartlyChecked.class, check.check(longer));
    var link = Files.createSymbolicLink(directory.resolve("link"), deep);
    assertInstanceOf(Outcome.PartlyChecked.class, check.check(link.resolve(longer.getFileName())));
  }

  /** SQLite goes on after an error of the disk, and takes what it missed for damage. */
  @Test
  void findings_pageThatTheDiskDidNotGive_areNoDamage() {
    var findings = new CheckFindings();
    findings.add("Tree 2 page 3: unable to get the page. error code=266");
    findings.add("Page 7: never used");
    assertInstanceOf(Outcome.NotChecked.class, findings.outcome());
    var torn = new CheckFindings();
    torn.add("Tree 2 page 3: unable to get the page. error code=11");
    assertInstanceOf(Outcome.Corrupt.class, torn.outcome());
  }
}
