package io.liteferry.sqlite;

import io.liteferry.durable.Errno;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.sqlite.SQLiteErrorCode;

/** Folds what side files hold into their database, as the application's next open would. */
public final class SideFileRecovery {
  private static final Duration NOBODY_ELSE = Duration.ofSeconds(1);

  private SideFileRecovery() {}

  /** SQLite could not recover the database. */
  public static final class RecoveryException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    RecoveryException(Path database, Throwable cause) {
      super("%s could not be recovered: %s".formatted(database, cause.getMessage()), cause);
    }
  }

  /**
   * Rolls back a hot journal, or checkpoints the WAL; afterwards no side file is left. The journal
   * mode stays as it is.
   *
   * @param database a copy of our own, which no other process has open
   * @return the database
   * @throws FileSystemException when its disk is full
   */
  public static Path recover(Path database) throws IOException {
    var obstacle = Surroundings.of(database).obstacle();
    if (obstacle.isPresent()) {
      throw new RecoveryException(database, new SQLException(obstacle.get()));
    }
    if (SideFile.namesSuperJournal(database)) {
      throw new RecoveryException(
          database,
          new SQLException(
              "a transaction over several databases was interrupted; run the application on the"
                  + " volume once"));
    }
    try (var connection = Connections.readWrite(database, NOBODY_ELSE);
        var statement = connection.createStatement()) {
      try (var rows = statement.executeQuery("PRAGMA schema_version")) {
        rows.next();
      }
      try (var rows = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
        if (rows.next() && rows.getInt(1) != 0) {
          throw new SQLException("SQLite could not checkpoint its WAL");
        }
      }
    } catch (SQLException e) {
      if (Connections.primaryCode(e) == SQLiteErrorCode.SQLITE_FULL.code) {
        throw Errno.ENOSPC.at(database);
      }
      throw new RecoveryException(database, e);
    }
    for (var side : SideFile.allOf(database)) {
      Files.deleteIfExists(side);
    }
    return database;
  }
}
