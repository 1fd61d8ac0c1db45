package io.liteferry.sqlite;

import io.liteferry.sqlite.CheckedTable.Declaration;
import io.liteferry.sqlite.CheckedTable.Index;
import io.liteferry.sqlite.DatabaseCheck.Level;
import io.liteferry.sqlite.DatabaseCheck.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * The check of a database whose schema needs what only the application has, so that SQLite's own
 * check of all at once does not run through. Every b-tree is read all the same, and every object
 * that needs nothing of the application is judged as ever.
 */
final class LimitedCheck {
  private static final String FULL = "PRAGMA integrity_check";
  private static final String QUICK = "PRAGMA quick_check";

  /** All findings: those that come from stand-ins must not end the check before the others. */
  private static final String ALL = "(" + Integer.MAX_VALUE + ")";

  /** The JDBC driver puts what SQLite says in parentheses behind words of its own. */
  private static final Pattern JDBC_MESSAGE = Pattern.compile("\\[\\w+] [^(]*\\((.*)\\)");

  private static final int RESERVED_AT = 20;
  private static final long LOCK_BYTE = 1L << 30;

  private final Path database;
  private final SQLiteConnection connection;
  private final Level level;
  private final CheckTimeout limit;
  private final StandIns standIns;
  private final CheckFindings findings = new CheckFindings();

  LimitedCheck(Path database, SQLiteConnection connection, Level level, CheckTimeout limit) {
    this.database = database;
    this.connection = connection;
    this.level = level;
    this.limit = limit;
    this.standIns = new StandIns(connection, limit);
  }

  Outcome check() throws SQLException {
    var unreadable = standIns.prepare("SELECT * FROM sqlite_schema");
    if (unreadable.isPresent()) {
      throw unreadable.get();
    }
    var tables = tables();
    boolean full = level == Level.FULL && standIns.collations().isEmpty() && checkAll(FULL);
    boolean all = full || checkAll(QUICK);
    if (!full && !findings.areDamage()) {
      for (var table : tables) {
        checkOne(table, all);
      }
    }
    if (!all && !findings.areDamage()) {
      run(pragma(QUICK, "sqlite_schema"));
      countPages();
    }
    tables.forEach(this::nameUnchecked);
    return findings.outcome();
  }

  private List<CheckedTable> tables() throws SQLException {
    var declared = Declaration.all(connection);
    // each by itself: of several obstacles in one statement, SQLite names the last
    for (var table : declared) {
      var _ = standIns.prepare(pragma(level == Level.FULL ? FULL : QUICK, table.name()));
    }
    var tables = new ArrayList<CheckedTable>();
    for (var declaration : declared) {
      limit.requireTime();
      var table = CheckedTable.of(connection, declaration, standIns);
      findings.standInsIn(table);
      tables.add(table);
    }
    return tables;
  }

  /** Whether SQLite's check of all at once went through to its end. */
  private boolean checkAll(String pragma) throws SQLException {
    return standIns.prepare(pragma + ALL).isEmpty() && run(pragma + ALL).isEmpty();
  }

  /**
   * Checks what the check of all at once has left out of a table.
   *
   * @param structureIsChecked whether it did as much as the quick check does
   */
  private void checkOne(CheckedTable table, boolean structureIsChecked) throws SQLException {
    if (table.virtual()) {
      run(pragma(level == Level.FULL ? FULL : QUICK, table.name()))
          .ifPresent(
              e ->
                  findings.addUnchecked(
                      "the content of virtual table " + table.name() + because(e)));
      return;
    }
    Optional<SQLException> obstacle = Optional.empty();
    if (level == Level.FULL && table.isIndependent()) {
      obstacle = run(pragma(FULL, table.name()));
      if (obstacle.isEmpty()) {
        return;
      }
      findings.addUnchecked("the values of table " + table.name() + because(obstacle.get()));
    }
    if (!structureIsChecked) {
      var quick = run(pragma(QUICK, table.name()));
      if (quick.isPresent()) {
        read(table, quick.get());
      }
    }
    if (level == Level.FULL) {
      for (var index : table.indexes()) {
        if (index.isIndependent() && !index.isTable()) {
          compare(table, index);
        }
      }
    }
  }

  /** Reads every page of a table that SQLite cannot check, and of its indexes. */
  private void read(CheckedTable table, SQLException obstacle) throws SQLException {
    findings.addUnchecked("the values of table " + table.name() + because(obstacle));
    var name = CheckedTable.quoted(table.name());
    // the last column, as then the whole head of each row is looked at
    var last = table.columns().isEmpty() ? "*" : CheckedTable.quoted(table.columns().getLast());
    read("SELECT count(" + last + ") FROM " + name + " NOT INDEXED", "table " + table.name());
    for (var index : table.indexes()) {
      if (!index.isTable()) {
        read(
            "SELECT count(*) FROM " + name + " INDEXED BY " + CheckedTable.quoted(index.name()),
            "index " + index.name() + " on " + table.name());
      }
    }
  }

  private void read(String query, String what) throws SQLException {
    var obstacle = value(query);
    if (obstacle instanceof Value.None(var why)) {
      findings.addUnchecked(what + because(why));
    }
  }

  /** Does for one index what SQLite's full check can only do for a table with all its indexes. */
  private void compare(CheckedTable table, Index index) throws SQLException {
    var what = "the entries of index " + index.name() + " on " + table.name();
    var rowid =
        List.of("rowid", "_rowid_", "oid").stream()
            .filter(r -> table.columns().stream().noneMatch(r::equalsIgnoreCase))
            .findFirst()
            .orElse("");
    if (!index.plain() || (index.rowid() && rowid.isEmpty())) {
      findings.addUnchecked(what);
      return;
    }
    var name = CheckedTable.quoted(table.name());
    var by = " INDEXED BY " + CheckedTable.quoted(index.name());
    var same = new ArrayList<String>();
    for (var column : index.columns()) {
      for (var collation : new LinkedHashSet<>(List.of(column.collation(), "BINARY"))) {
        same.add(
            "b.%1$s COLLATE %2$s IS a.%1$s"
                .formatted(CheckedTable.quoted(column.name()), CheckedTable.quoted(collation)));
      }
    }
    if (index.rowid()) {
      same.add("b.%1$s = a.%1$s".formatted(rowid));
    }
    require(
        "SELECT count(*) FROM (SELECT 1 FROM %s AS a NOT INDEXED WHERE NOT EXISTS (SELECT 1 FROM %s AS b%s WHERE %s) LIMIT 1)"
            .formatted(name, name, by, String.join(" AND ", same)),
        "a row is missing from index " + index.name(),
        what);
    var keys = index.columns().stream().filter(Index.Column::key).toList();
    if (index.unique() && !keys.isEmpty()) {
      require(
          "SELECT count(*) FROM (SELECT 1 FROM %s%s WHERE %s GROUP BY %s HAVING count(*) > 1 LIMIT 1)"
              .formatted(
                  name,
                  by,
                  keys.stream()
                      .map(k -> CheckedTable.quoted(k.name()) + " IS NOT NULL")
                      .collect(Collectors.joining(" AND ")),
                  keys.stream()
                      .map(
                          k ->
                              CheckedTable.quoted(k.name())
                                  + " COLLATE "
                                  + CheckedTable.quoted(k.collation()))
                      .collect(Collectors.joining(", "))),
          "non-unique entry in index " + index.name(),
          what);
    }
  }

  private void require(String countOfFaults, String finding, String what) throws SQLException {
    switch (value(countOfFaults)) {
      case Value.None(var why) -> findings.addUnchecked(what + because(why));
      case Value.Of(var faults) -> {
        if (faults > 0) {
          findings.addDamage(finding);
        }
      }
    }
  }

  /**
   * Finds pages that nothing uses, or that are used twice, as SQLite's check of all at once does.
   */
  private void countPages() throws SQLException {
    long pages = require("PRAGMA page_count");
    long pageSize = require("PRAGMA page_size");
    long lock = LOCK_BYTE / pageSize + 1;
    long others = require("PRAGMA freelist_count") + (pages >= lock ? 1 : 0);
    if (require("PRAGMA auto_vacuum") != 0) {
      long step = (pageSize - reserved()) / 5 + 1;
      others += (pages - 2) / step + 1; // page 2, and each that is as many further on
    }
    long free = others;
    attempt(
            "SELECT printf('%d/%d/%d', count(*), count(DISTINCT pageno),"
                + " count(*) FILTER (WHERE pagetype = 'corrupted')) FROM dbstat",
            row -> judge(Stream.of(row.split("/")).map(Long::valueOf).toList(), free, pages))
        .ifPresent(e -> findings.addUnchecked("whether each page is used once" + because(e)));
  }

  private void judge(List<Long> counts, long free, long pages) {
    long used = counts.get(0);
    long different = counts.get(1);
    long malformed = counts.get(2);
    if (malformed > 0) {
      findings.addDamage(malformed + " malformed pages");
    } else if (used != different) {
      findings.addDamage((used - different) + " pages are used twice");
    } else if (used + free != pages) {
      findings.addDamage("of %d pages, %d are used and %d free".formatted(pages, used, free));
    }
  }

  /** Bytes at the end of each page that SQLite leaves to others. */
  private int reserved() {
    try {
      // an immutable connection holds no locks that closing this could drop
      return Byte.toUnsignedInt(DatabaseHeader.head(database, RESERVED_AT + 1)[RESERVED_AT]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void nameUnchecked(CheckedTable table) {
    if (!table.computed().isEmpty()) {
      findings.addUnchecked("the generated columns of " + table.name() + using(table.needs()));
    }
    if (level == Level.QUICK) {
      return;
    }
    for (var index : table.indexes()) {
      var of = index.isTable() ? table.name() : "index " + index.name() + " on " + table.name();
      if (!index.functions().isEmpty()) {
        findings.addUnchecked("the entries of " + of + using(index.functions()));
      }
      if (!index.collations().isEmpty()) {
        findings.addUnchecked(
            "the order of %s (its collation %s is the application's)"
                .formatted(of, String.join(", ", index.collations())));
      }
    }
  }

  private static String using(Set<String> names) {
    return " (they use %s, which is the application's)".formatted(String.join(", ", names));
  }

  private static String because(SQLException e) {
    var message = String.valueOf(e.getMessage());
    var matcher = JDBC_MESSAGE.matcher(message);
    return " (" + (matcher.matches() ? matcher.group(1) : message) + ")";
  }

  private static String pragma(String pragma, String table) {
    return pragma + "(" + CheckedTable.text(table) + ")";
  }

  /** Runs a check; returns what kept it from its end, unless that is damage or the time. */
  private Optional<SQLException> run(String pragma) throws SQLException {
    return attempt(
        pragma,
        row -> {
          if (!row.equals("ok")) {
            findings.add(row);
          }
        });
  }

  private sealed interface Value {
    record Of(long value) implements Value {}

    record None(SQLException why) implements Value {}
  }

  private Value value(String query) throws SQLException {
    var values = new ArrayList<Long>();
    var obstacle = attempt(query, row -> values.add(Long.valueOf(row)));
    return obstacle.isPresent() ? new Value.None(obstacle.get()) : new Value.Of(values.getFirst());
  }

  private long require(String query) throws SQLException {
    return switch (value(query)) {
      case Value.Of(var value) -> value;
      case Value.None(var why) -> throw why;
    };
  }

  private Optional<SQLException> attempt(String query, Consumer<String> reader)
      throws SQLException {
    limit.requireTime();
    standIns.statementBegins();
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      while (rows.next()) {
        reader.accept(String.valueOf(rows.getString(1)));
      }
      return Optional.empty();
    } catch (SQLException e) {
      int code = Connections.primaryCode(e);
      boolean compared =
          code == SQLiteErrorCode.SQLITE_INTERRUPT.code
              && standIns.areExhausted()
              && !limit.isOver();
      if (code == SQLiteErrorCode.SQLITE_ERROR.code || compared) {
        return Optional.of(e);
      }
      throw e;
    }
  }
}
