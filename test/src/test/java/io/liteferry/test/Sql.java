package io.liteferry.test;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** An application's connection to a database. */
final class Sql implements AutoCloseable {
  private final Connection connection;

  private Sql(Connection connection) {
    this.connection = connection;
  }

  static Sql open(Path database) throws SQLException {
    return new Sql(DriverManager.getConnection("jdbc:sqlite:" + database));
  }

  /** Runs statements on a connection of their own. */
  static void run(Path database, String... statements) throws SQLException {
    try (var sql = open(database)) {
      sql.run(statements);
    }
  }

  /** One value of a file that nobody changes; leaves nothing beside it. */
  static String valueIn(Path database, String query) throws SQLException {
    try (var sql =
        new Sql(DriverManager.getConnection("jdbc:sqlite:file:" + database + "?immutable=1"))) {
      return sql.value(query);
    }
  }

  Sql run(String... statements) throws SQLException {
    try (var statement = connection.createStatement()) {
      for (var text : statements) {
        statement.execute(text);
      }
    }
    return this;
  }

  String value(String query) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "no row";
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
