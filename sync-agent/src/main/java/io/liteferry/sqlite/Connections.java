package io.liteferry.sqlite;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteException;

/** Opens databases. The URI form lets SQLite itself decode names with any bytes. */
final class Connections {
  /** Of SQLite's 512, as it keeps room for the name of a side file. */
  private static final int MOST_BYTES = 512 - 8;

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

  /** Whether SQLite cannot open a file for its path alone, whatever the file is. */
  static boolean isTooLong(Path database) {
    return bytes(database.toAbsolutePath()) > MOST_BYTES || bytes(real(database)) > MOST_BYTES;
  }

  private static Path real(Path database) {
    try {
      return database.toRealPath(); // as SQLite follows links, too
    } catch (IOException e) {
      return database;
    }
  }

  private static int bytes(Path path) {
    return URLDecoder.decode(path.toUri().getRawPath().replace("+", "%2B"), ISO_8859_1).length();
  }

  private static SQLiteConnection open(
      SQLiteConfig config, Path database, String query, Duration busyTimeout) throws SQLException {
    config.setBusyTimeout(Math.toIntExact(busyTimeout.toMillis()));
    var uri = "jdbc:sqlite:file://" + database.toAbsolutePath().toUri().getRawPath() + query;
    return (SQLiteConnection) config.createConnection(uri);
  }
}
