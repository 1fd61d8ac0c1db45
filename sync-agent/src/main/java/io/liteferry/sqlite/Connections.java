package io.liteferry.sqlite;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteException;

/** Opens databases. The URI form lets SQLite itself decode names with any bytes. */
final class Connections {
  private Connections() {}

  /** For the application's database: reads under SQLite's locks and changes nothing. */
  static SQLiteConnection readOnly(Path database, Duration busyTimeout) throws SQLException {
    var config = new SQLiteConfig();
    config.setReadOnly(true);
    return open(config, database, "", busyTimeout);
  }

  /** Recovers what another process left; needed for a hot journal alone. */
  static SQLiteConnection readWrite(Path database, Duration busyTimeout) throws SQLException {
    var config = new SQLiteConfig();
    config.resetOpenMode(org.sqlite.SQLiteOpenMode.CREATE); // never make a database
    return open(config, database, "", busyTimeout);
  }

  /**
   * For a file that nobody changes and that has no side files: SQLite takes no lock, looks for no
   * side file and makes none.
   */
  static SQLiteConnection immutable(Path database) throws SQLException {
    var config = new SQLiteConfig();
    config.setReadOnly(true);
    return open(config, database, "?immutable=1", Duration.ZERO);
  }

  /** SQLite's result code without the extension, for instance 5 for every kind of busy. */
  static int primaryCode(SQLException e) {
    return (e instanceof SQLiteException s ? s.getResultCode().code : e.getErrorCode()) & 0xff;
  }

  private static SQLiteConnection open(
      SQLiteConfig config, Path database, String query, Duration busyTimeout) throws SQLException {
    config.setBusyTimeout(Math.toIntExact(busyTimeout.toMillis()));
    var uri = "jdbc:sqlite:file://" + database.toAbsolutePath().toUri().getRawPath() + query;
    return (SQLiteConnection) config.createConnection(uri);
  }
}
