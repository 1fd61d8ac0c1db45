package io.liteferry.sqlite;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A table of the schema, and what in it depends on stand-ins.
 *
 * @param virtual whether it has no b-tree of its own
 * @param columns those that are stored
 * @param computed columns whose values are not stored and that depend on a stand-in
 * @param needs what a value of these needs
 */
record CheckedTable(
    String name,
    boolean virtual,
    List<String> columns,
    Set<String> computed,
    Set<String> needs,
    List<Index> indexes) {
  /** {@code hidden} of a generated column that is not stored. */
  private static final int VIRTUAL_COLUMN = 2;

  private static final int ROWID = -1;
  private static final int EXPRESSION = -2;

  /**
   * An index of a table.
   *
   * @param plain whether it holds columns of every row, and nothing else
   * @param rowid whether its entries end with the rowid, as not in a table WITHOUT ROWID
   * @param collations of the application, by which it is ordered
   * @param functions and collations of the application, on which its entries depend
   */
  record Index(
      String name,
      boolean unique,
      boolean primaryKey,
      boolean plain,
      boolean rowid,
      List<Column> columns,
      Set<String> collations,
      Set<String> functions) {
    /** A column of an index; one that is no key tells entries with equal keys apart. */
    record Column(String name, String collation, boolean key) {}

    /** A table WITHOUT ROWID is its own primary key. */
    boolean isTable() {
      return primaryKey && !rowid;
    }

    boolean isIndependent() {
      return collations.isEmpty() && functions.isEmpty();
    }
  }

  boolean isIndependent() {
    return computed.isEmpty() && indexes.stream().allMatch(Index::isIndependent);
  }

  /** The names and statements of the tables, with nothing yet of what depends on what. */
  record Declaration(String name, boolean virtual, String sql) {
    static List<Declaration> all(Connection connection) throws SQLException {
      return rows(
          connection,
          "SELECT name, rootpage = 0, coalesce(sql, '') FROM sqlite_schema WHERE type = 'table'"
              + " ORDER BY rowid",
          row -> new Declaration(row.getString(1), row.getBoolean(2), row.getString(3)));
    }
  }

  static CheckedTable of(Connection connection, Declaration table, StandIns standIns)
      throws SQLException {
    if (table.virtual) {
      return new CheckedTable(table.name, true, List.of(), Set.of(), Set.of(), List.of());
    }
    var needs = needs(table.sql, standIns);
    var columns = new ArrayList<String>();
    var computed = new TreeSet<String>();
    var notStored = new TreeSet<String>();
    rows(
        connection,
        "SELECT name, hidden FROM pragma_table_xinfo(" + text(table.name) + ")",
        row ->
            row.getInt(2) == VIRTUAL_COLUMN
                ? notStored.add(row.getString(1))
                : columns.add(row.getString(1)));
    if (!needs.isEmpty()) {
      computed.addAll(notStored);
    }
    var indexes = new ArrayList<Index>();
    for (var declared :
        rows(
            connection,
            "SELECT l.name, l.\"unique\", l.origin = 'pk', l.partial, coalesce((SELECT sql FROM"
                + " sqlite_schema WHERE type = 'index' AND name = l.name), '') FROM"
                + " pragma_index_list("
                + text(table.name)
                + ") l",
            DeclaredIndex::of)) {
      indexes.add(declared.in(connection, standIns, needs, computed));
    }
    return new CheckedTable(table.name, false, columns, computed, needs, indexes);
  }

  private record DeclaredIndex(
      String name, boolean unique, boolean primaryKey, boolean partial, String sql) {
    static DeclaredIndex of(ResultSet row) throws SQLException {
      return new DeclaredIndex(
          row.getString(1),
          row.getBoolean(2),
          row.getBoolean(3),
          row.getBoolean(4),
          row.getString(5));
    }

    Index in(
        Connection connection, StandIns standIns, Set<String> needsOfTable, Set<String> computed)
        throws SQLException {
      var columns = new ArrayList<Index.Column>();
      var collations = new TreeSet<String>();
      var functions = new TreeSet<>(needs(sql, standIns));
      boolean plain = !partial;
      boolean rowid = false;
      for (var column :
          rows(
              connection,
              "SELECT cid, name, coll, key FROM pragma_index_xinfo(" + text(name) + ")",
              row ->
                  new IndexColumn(
                      row.getInt(1), row.getString(2), row.getString(3), row.getBoolean(4)))) {
        boolean expression = column.number == EXPRESSION;
        plain &= !expression;
        rowid |= column.number == ROWID && !column.key;
        if (standIns.collations().contains(SqlNames.folded(column.collation))) {
          collations.add(column.collation);
        }
        if (expression || (column.number >= 0 && computed.contains(column.name))) {
          functions.addAll(needsOfTable);
        }
        if (column.number >= 0) {
          columns.add(new Index.Column(column.name, column.collation, column.key));
        }
      }
      if (partial) {
        functions.addAll(needsOfTable);
      }
      functions.removeIf(f -> collations.stream().anyMatch(c -> SqlNames.folded(c).equals(f)));
      return new Index(name, unique, primaryKey, plain, rowid, columns, collations, functions);
    }
  }

  private record IndexColumn(int number, String name, String collation, boolean key) {}

  /** What a statement needs of what there are stand-ins for. */
  private static Set<String> needs(String sql, StandIns standIns) {
    var names = SqlNames.of(sql);
    var needs = new TreeSet<String>();
    names.functions().stream().filter(standIns.functions()::contains).forEach(needs::add);
    names.collations().stream().filter(standIns.collations()::contains).forEach(needs::add);
    return needs;
  }

  private interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private static <T> List<T> rows(Connection connection, String query, Reader<T> reader)
      throws SQLException {
    var all = new ArrayList<T>();
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      while (rows.next()) {
        all.add(reader.read(rows));
      }
    }
    return all;
  }

  /** A name as a text of SQL. */
  static String text(String name) {
    return "'" + name.replace("'", "''") + "'";
  }

  /** A name as a name of SQL. */
  static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
