package io.liteferry.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TestDatabase;
import io.liteferry.sqlite.DatabaseCheck.Level;
import io.liteferry.sqlite.DatabaseCheck.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LimitedCheckTest {
  private static final String MISSING_TOKENIZER =
      "UPDATE sqlite_schema SET sql = replace(sql, 'porter', 'topper') WHERE name = 'f'";

  @TempDir Path directory;
  private Path database;

  @BeforeEach
  void name() {
    database = directory.resolve("app.db");
  }

  /** An index that needs nothing of the application is judged beside one that does. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE INDEX foreign_to_us ON t(word COLLATE application)",
        // more findings that say nothing than SQLite gives by itself
        "CREATE INDEX foreign_to_us ON t(application(word))",
        "CREATE INDEX foreign_to_us ON t(word) WHERE application(word) > ''",
      })
  void check_indexThatDisagreesBesideOneOfTheApplication_isFoundByTheFullCheckAlone(String sql) {
    createWithIndex("word", sql);
    assertEquals(new Outcome.Sound(), check(Level.QUICK));
    assertInstanceOf(Outcome.PartlyChecked.class, check(Level.FULL));
    corruptIndex("word", "x = 'z'", "x IN (SELECT x FROM hidden LIMIT 1)");
    assertEquals(new Outcome.Sound(), check(Level.QUICK));
    assertInstanceOf(Outcome.Corrupt.class, check(Level.FULL));
  }

  @Test
  void check_otherLettersInIndexBesideMissingCollation_areFound() {
    createWithIndex(
        "word COLLATE NOCASE", "CREATE INDEX foreign_to_us ON t(word COLLATE application)");
    assertInstanceOf(Outcome.PartlyChecked.class, check(Level.FULL));
    corruptIndex("word COLLATE NOCASE", "x = upper(x)", "x = 'first'");
    assertInstanceOf(Outcome.Corrupt.class, check(Level.FULL));
  }

  @Test
  void check_twoEqualEntriesInUniqueIndexBesideMissingCollation_areFound() {
    createWithIndex("word", "CREATE INDEX foreign_to_us ON t(word COLLATE application)");
    try (var live = open()) {
      live.run("INSERT INTO t(word) VALUES ('first')", "PRAGMA writable_schema = ON");
      live.run(
          "UPDATE sqlite_schema SET sql = replace(sql, 'CREATE INDEX i', 'CREATE UNIQUE INDEX i')");
    }
    assertInstanceOf(Outcome.Corrupt.class, check(Level.FULL));
  }

  private void createWithIndex(String columns, String sql) {
    try (var live = TestDatabase.create(database).insertMany(300)) {
      withApplication(live).run("CREATE INDEX i ON t(" + columns + ")", sql);
    }
  }

  /** Changes entries of the index {@code i}, but not the rows. */
  private void corruptIndex(String columns, String set, String where) {
    try (var live = open()) {
      live.run("PRAGMA writable_schema = ON");
      live.run(
          "UPDATE sqlite_schema SET type = 'table', name = 'hidden', tbl_name = 'hidden', sql ="
              + " 'CREATE TABLE hidden(x COLLATE NOCASE, y, PRIMARY KEY(x, y)) WITHOUT ROWID'"
              + " WHERE name = 'i'",
          "PRAGMA writable_schema = RESET");
      live.run("UPDATE hidden SET " + set + " WHERE " + where);
      live.run(
          "PRAGMA writable_schema = ON",
          "UPDATE sqlite_schema SET type = 'index', name = 'i', tbl_name = 't', sql ="
              + " 'CREATE INDEX i ON t("
              + columns
              + ")' WHERE name = 'hidden'",
          "PRAGMA writable_schema = RESET");
    }
  }

  @ParameterizedTest
  @CsvSource({"NONE, 512", "INCREMENTAL, 512", "FULL, 1024", "INCREMENTAL, 4096"})
  void check_pagesThatNothingUsesBesideMissingTokenizer_areFound(String autoVacuum, int pageSize)
      throws IOException {
    try (var live =
        TestDatabase.create(database, "page_size = " + pageSize, "auto_vacuum = " + autoVacuum)) {
      live.insertMany(2_000)
          .run(
              "CREATE VIRTUAL TABLE f USING fts5(x, tokenize='porter')",
              "INSERT INTO f SELECT word FROM t",
              "CREATE TABLE gone AS SELECT * FROM t",
              "DROP TABLE gone",
              "PRAGMA writable_schema = ON",
              MISSING_TOKENIZER);
    }
    var intact =
        new Outcome.PartlyChecked("not checked: the content of virtual table f (SQL logic error)");
    assertEquals(intact, check(Level.QUICK));
    assertEquals(intact, check(Level.FULL));
    try (var file = new RandomAccessFile(database.toFile(), "rw")) {
      if (autoVacuum.equals("FULL")) {
        return; // it leaves no free pages
      }
      file.seek(32);
      file.write(new byte[8]); // where the list of free pages begins, and how many there are
    }
    assertInstanceOf(Outcome.Corrupt.class, check(Level.QUICK));
  }

  /** Each comparison by the application's collation costs memory until the statement ends. */
  @Test
  void check_generatedColumnThatComparesByMissingCollation_isCutShort() {
    try (var live = TestDatabase.create(database).insertMany(30_000)) {
      withApplication(live)
          .run(
              "CREATE TABLE g(x TEXT COLLATE application, y INTEGER NOT NULL AS (x < 'x'))",
              "CREATE INDEX gx ON g(x)",
              "INSERT INTO g(x) SELECT word FROM t");
    }
    for (var level : new Level[] {Level.QUICK, Level.FULL}) {
      var partly = assertInstanceOf(Outcome.PartlyChecked.class, check(level));
      assertTrue(partly.why().contains("the values of table g"), partly.why());
    }
    TestDatabase.tear(database, lastPageOf("gx"));
    assertInstanceOf(Outcome.Corrupt.class, check(Level.QUICK));
  }

  @Test
  void check_expressionThatThrows_isNoCorruptionAndHidesNone() {
    try (var live = TestDatabase.create(database).insertMany(1_000)) {
      live.run(
          "CREATE TABLE g(x, y INTEGER AS (likely(x)))",
          "CREATE INDEX gy ON g(y)",
          "INSERT INTO g VALUES (1), (-9223372036854775807 - 1), (2)",
          "INSERT INTO g SELECT word FROM t",
          "PRAGMA writable_schema = ON",
          "UPDATE sqlite_schema SET sql = replace(sql, 'likely', 'abs')");
    }
    var values = "not checked: the values of table g (integer overflow)";
    assertEquals(new Outcome.PartlyChecked(values), check(Level.QUICK));
    assertEquals(
        new Outcome.PartlyChecked(values + "; the entries of index gy on g (integer overflow)"),
        check(Level.FULL));
    TestDatabase.tear(database, lastPageOf("gy"));
    assertInstanceOf(Outcome.Corrupt.class, check(Level.QUICK));
    assertInstanceOf(Outcome.Corrupt.class, check(Level.FULL));
  }

  /** The application gave a function of SQLite's another number of arguments. */
  @Test
  void check_functionWithOtherArguments_isNoCorruption() {
    try (var live = TestDatabase.create(database)) {
      live.run(
          "CREATE INDEX i ON t(ifnull(word, 1))",
          "PRAGMA writable_schema = ON",
          "UPDATE sqlite_schema SET sql = replace(sql, 'ifnull', 'lower')");
    }
    assertEquals(new Outcome.Sound(), check(Level.QUICK));
    assertEquals(
        new Outcome.PartlyChecked(
            "not checked: the entries of index i on t (they use lower, which is the"
                + " application's)"),
        check(Level.FULL));
  }

  /** A name that nothing can stand in for: longer than SQLite takes. */
  @ParameterizedTest
  @ValueSource(strings = {"likely(word)", "word COLLATE likely"})
  void check_nameThatNothingCanStandInFor_hidesNoDamage(String key) {
    try (var live = TestDatabase.create(database).insertMany(1_000).withCollation("likely")) {
      live.run(
          "CREATE INDEX i ON t(" + key + ")",
          "CREATE INDEX j ON t(word)",
          "PRAGMA writable_schema = ON",
          "UPDATE sqlite_schema SET sql = replace(sql, 'likely', '" + "f".repeat(300) + "')");
    }
    assertInstanceOf(Outcome.PartlyChecked.class, check(Level.FULL));
    var outcome = check(Level.QUICK);
    assertTrue(!(outcome instanceof Outcome.Corrupt), outcome.toString());
    TestDatabase.tear(database, lastPageOf("j"));
    assertInstanceOf(Outcome.Corrupt.class, check(Level.QUICK));
    assertInstanceOf(Outcome.Corrupt.class, check(Level.FULL));
  }

  @Test
  void check_schemaWithHundredsOfMissingNames_isChecked() {
    try (var live = TestDatabase.create(database)) {
      var sql = new ArrayList<String>();
      for (int i = 0; i < 200; i++) {
        live.withCollation("c" + i).withFunction("f" + i);
        sql.add("CREATE TABLE t%1$d(x COLLATE c%1$d, y)".formatted(i));
        sql.add("CREATE INDEX x%1$d ON t%1$d(x, f%1$d(y))".formatted(i));
        sql.add("INSERT INTO t%d VALUES (1, 2)".formatted(i));
      }
      live.run(sql.toArray(String[]::new));
    }
    assertEquals(new Outcome.Sound(), check(Level.QUICK));
    var partly = assertInstanceOf(Outcome.PartlyChecked.class, check(Level.FULL));
    assertTrue(partly.why().endsWith("; and 390 more"), partly.why());
  }

  @Test
  void check_missingCollationBesideWhatNeverEnds_isGivenUpInTime() {
    TestDatabase.createCheckThatNeverEnds(database);
    try (var live = open()) {
      live.run("CREATE INDEX w ON t(word COLLATE application)");
    }
    for (var level : new Level[] {Level.QUICK, Level.FULL}) {
      assertEquals(
          new Outcome.Unfinished(Duration.ofMillis(200)),
          new DatabaseCheck(level, Duration.ofMillis(200)).check(database));
    }
  }

  private int lastPageOf(String name) {
    return Integer.parseInt(
        TestDatabase.valueIn(
            database,
            "SELECT max(pageno) FROM dbstat WHERE name = '" + name + "' AND pagetype = 'leaf'"));
  }

  private Outcome check(Level level) {
    return new DatabaseCheck(level, Duration.ofMinutes(1)).check(database);
  }

  private TestDatabase open() {
    return withApplication(TestDatabase.open(database));
  }

  private static TestDatabase withApplication(TestDatabase database) {
    return database.withCollation("application").withFunction("application");
  }
}
