package io.liteferry.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TestDatabase;
import io.liteferry.sqlite.DatabaseCheck.Level;
import io.liteferry.sqlite.DatabaseCheck.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Databases that need what only the application has: an intact one passes, and of one with a
 * damaged page is found what SQLite itself finds with the application's collation, function and
 * tokenizer.
 */
final class DatabaseCheckDamageTest {
  private static final int PAGE = 1024;
  private static final int ROWS = 60;

  /** What only the application can judge: the order and values that it computes. */
  private static final Pattern OF_THE_APPLICATION =
      Pattern.compile(
          "row \\d+ (missing from|values differ from) index .*|non-unique entry in index .*|row not"
              + " in PRIMARY KEY order .*|CHECK constraint failed .*|.* value in c\\.y|(fts5:"
              + " corruption found|malformed inverted index for|unable to validate the inverted"
              + " index|In RTree) .*",
          Pattern.DOTALL);

  /** Each has some rows {@code (id, word)} of a table {@code s} to begin with. */
  enum Kind {
    COLLATION(
        "CREATE TABLE c(id INTEGER PRIMARY KEY, x TEXT COLLATE application, y);"
            + "CREATE INDEX cx ON c(x); CREATE UNIQUE INDEX cy ON c(y);"
            + "INSERT INTO c SELECT id, word, id FROM s",
        "",
        "the order of index cx on c (its collation application is the application's)"),
    COLLATION_WITH_ODD_NAME(
        "CREATE TABLE c(x TEXT COLLATE \"größe \"\"2) COLLATE 'x\"); CREATE INDEX cx ON c(x);"
            + "INSERT INTO c SELECT word FROM s",
        "",
        "the order of index cx on c (its collation größe \"2) COLLATE 'x is the application's)"),
    COLLATION_OF_PRIMARY_KEY(
        "CREATE TABLE c(x TEXT COLLATE application PRIMARY KEY, y) WITHOUT ROWID;"
            + "INSERT INTO c SELECT word || id, id FROM s",
        "",
        "the order of c (its collation application is the application's)"),
    FUNCTION_IN_INDEX(
        "CREATE TABLE c(x, y); CREATE INDEX cx ON c(application(x)); CREATE INDEX cy ON c(y);"
            + "INSERT INTO c SELECT word, id FROM s",
        "",
        "the entries of index cx on c (they use application, which is the application's)"),
    FUNCTION_IN_PARTIAL_INDEX(
        "CREATE TABLE c(x, y); CREATE INDEX cx ON c(y) WHERE application(x) > '';"
            + "INSERT INTO c SELECT word, id FROM s",
        "",
        "the entries of index cx on c (they use application, which is the application's)"),
    FUNCTION_IN_GENERATED_COLUMN(
        "CREATE TABLE c(x, y TEXT NOT NULL AS (application(x)), z AS (application(x)) STORED);"
            + "CREATE INDEX cy ON c(y); CREATE INDEX cz ON c(z);"
            + "INSERT INTO c(x) SELECT word FROM s",
        "the generated columns of c (they use application, which is the application's)",
        "the generated columns of c (they use application, which is the application's);"
            + " the entries of index cy on c (they use application, which is the application's)"),
    FUNCTION_IN_CHECK(
        "CREATE TABLE c(x CHECK (application(x) > '')); INSERT INTO c SELECT word FROM s", "", ""),
    MISSING_TOKENIZER(
        "CREATE VIRTUAL TABLE f USING fts5(x, tokenize='porter');"
            + "INSERT INTO f SELECT word || ' ' || id || ' some words' FROM s",
        "the content of virtual table f (SQL logic error)",
        "the content of virtual table f (SQL logic error)"),
    OLDER_MISSING_TOKENIZER(
        "CREATE VIRTUAL TABLE f USING fts4(x, tokenize=porter);"
            + "INSERT INTO f SELECT word || ' ' || id || ' some words' FROM s",
        "the content of virtual table f (unknown tokenizer: topper)",
        "the content of virtual table f (unknown tokenizer: topper)"),
    RTREE(
        "CREATE VIRTUAL TABLE r USING rtree(id, a, b); INSERT INTO r SELECT id, id, id FROM s",
        "",
        ""),
    MISSING_MODULE(
        "CREATE VIRTUAL TABLE r USING rtree(id, a, b, +porter);"
            + "INSERT INTO r(id, a, b) SELECT id, id, id FROM s",
        "",
        ""),
    ALL_AT_ONCE(
        "CREATE TABLE c(x TEXT COLLATE application, y); CREATE INDEX cx ON c(x);"
            + "CREATE INDEX cy ON c(application(y)); INSERT INTO c SELECT word, id FROM s;"
            + "CREATE VIRTUAL TABLE f USING fts5(x, tokenize='porter');"
            + "INSERT INTO f SELECT word || ' ' || id || ' some words' FROM s",
        "the content of virtual table f (SQL logic error)",
        "the content of virtual table f (SQL logic error);"
            + " the entries of index cy on c (they use application, which is the application's);"
            + " the order of index cx on c (its collation application is the application's)");

    private final String sql;
    private final String uncheckedByQuick;
    private final String uncheckedByFull;

    Kind(String sql, String uncheckedByQuick, String uncheckedByFull) {
      this.sql = sql;
      this.uncheckedByQuick = uncheckedByQuick;
      this.uncheckedByFull = uncheckedByFull;
    }

    Outcome expected(Level level) {
      var unchecked = level == Level.QUICK ? uncheckedByQuick : uncheckedByFull;
      return unchecked.isEmpty()
          ? new Outcome.Sound()
          : new Outcome.PartlyChecked("not checked: " + unchecked);
    }
  }

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Kind.class)
  void check_intact_saysExactlyWhatIsNotChecked(Kind kind) throws IOException {
    var foreign = create(kind).foreign;
    for (var level : List.of(Level.QUICK, Level.FULL)) {
      assertEquals(kind.expected(level), check(level, foreign), level::name);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void check_anyDamagedPage_isFoundAsWithTheApplicationsOwnCode(Kind kind) throws IOException {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    var databases = create(kind);
    var known = Files.readAllBytes(databases.known);
    var foreign = Files.readAllBytes(databases.foreign);
    assertEquals(known.length, foreign.length);
    int found = 0;
    int pages = known.length / PAGE;
    for (int page = 2; page <= pages; page++) {
      for (boolean zeroed : new boolean[] {true, false}) {
        var damage = new byte[PAGE];
        if (!zeroed) {
          random.nextBytes(damage);
        }
        Files.write(databases.known, damaged(known, page, damage));
        Files.write(databases.foreign, damaged(foreign, page, damage));
        for (var level : List.of(Level.QUICK, Level.FULL)) {
          if (isFoundBySqlite(level, databases.known)) {
            found++;
            int at = page;
            assertInstanceOf(
                Outcome.Corrupt.class,
                check(level, databases.foreign),
                () -> level + ", page " + at + (zeroed ? ", zeroed" : "") + ", seed " + seed);
          }
        }
      }
    }
    assertTrue(found > 2 * pages, "the damage is none");
  }

  private record Databases(Path known, Path foreign) {}

  /** Two databases with the same pages but those of the schema, where one names what nobody has. */
  private Databases create(Kind kind) throws IOException {
    var known = directory.resolve("known.db");
    try (var live = TestDatabase.create(known, "page_size = " + PAGE)) {
      withApplication(live)
          .run(
              "CREATE TABLE s(id INTEGER PRIMARY KEY, word TEXT)",
              "INSERT INTO s(word) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                  + " LIMIT "
                  + ROWS
                  + ") SELECT printf('%040d', i) FROM n");
      live.run(kind.sql.split(";"));
      live.run("CREATE TABLE gone AS SELECT * FROM s", "DROP TABLE gone"); // pages on the freelist
    }
    var foreign = Files.copy(known, directory.resolve("foreign.db"));
    try (var live = TestDatabase.open(foreign)) {
      // as long as before: no page but those of the schema changes
      withApplication(live)
          .run(
              "PRAGMA writable_schema = ON",
              "UPDATE sqlite_schema SET sql = replace("
                  + (kind == Kind.MISSING_MODULE
                      ? "sql, 'rtree(', 'treer('"
                      : "sql, 'porter', 'topper'")
                  + ") WHERE sql LIKE '%porter%'");
    }
    return new Databases(known, foreign);
  }

  private static TestDatabase withApplication(TestDatabase database) {
    return database
        .withCollation("application")
        .withCollation("größe \"2) COLLATE 'x")
        .withFunction("application");
  }

  private static byte[] damaged(byte[] database, int page, byte[] damage) {
    var copy = database.clone();
    System.arraycopy(damage, 0, copy, (page - 1) * PAGE, PAGE);
    return copy;
  }

  private static Outcome check(Level level, Path database) {
    return new DatabaseCheck(level, Duration.ofMinutes(1)).check(database);
  }

  private static boolean isFoundBySqlite(Level level, Path database) {
    try (var live = withApplication(TestDatabase.open(database))) {
      var pragma = level == Level.FULL ? "integrity_check" : "quick_check";
      return live.value("PRAGMA " + pragma + "(100000)")
          .lines()
          .anyMatch(f -> !f.equals("ok") && !OF_THE_APPLICATION.matcher(f).matches());
    } catch (IllegalStateException e) {
      return true;
    }
  }
}
