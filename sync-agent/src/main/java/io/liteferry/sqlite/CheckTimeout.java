package io.liteferry.sqlite;

import java.sql.SQLException;
import java.time.Duration;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/** Interrupts what a connection does once a time is over, until this is closed. */
final class CheckTimeout implements AutoCloseable {
  private static final long INTERRUPT_AGAIN_MILLIS = 100;

  private final Thread watchdog;
  private volatile boolean over;

  private CheckTimeout(SQLiteConnection connection, Duration timeout) {
    watchdog =
        Thread.ofPlatform()
            .name("check-timeout")
            .daemon()
            .unstarted(
                () -> {
                  try {
                    Thread.sleep(timeout);
                    over = true;
                    // again and again: a check of each table goes on with the next one
                    while (true) {
                      connection.getDatabase().interrupt();
                      Thread.sleep(INTERRUPT_AGAIN_MILLIS);
                    }
                  } catch (InterruptedException | SQLException e) {
                    // the check has ended
                  }
                });
  }

  static CheckTimeout on(SQLiteConnection connection, Duration timeout) {
    var limit = new CheckTimeout(connection, timeout);
    limit.watchdog.start();
    return limit;
  }

  boolean isOver() {
    return over;
  }

  /** For loops of statements so short that SQLite never sees the interrupt. */
  void requireTime() throws SQLException {
    if (over) {
      throw new SQLException("the time is over", "HY000", SQLiteErrorCode.SQLITE_INTERRUPT.code);
    }
  }

  /** Waits for the watchdog: the connection must not be closed while it is being interrupted. */
  @Override
  public void close() {
    watchdog.interrupt();
    boolean interrupted = false;
    while (true) {
      try {
        watchdog.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
